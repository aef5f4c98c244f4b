"""Honest clients at 30 frames/s beside strangers of every kind: how long they wait, and what the server's memory does.

    python tests/soak.py --minutes 1
    python tests/soak.py --minutes 30 --out build/soak.json

The server, and each kind of strangers in its turn, is a process of its own. An honest client sends a grey frame of
90x90 every 1/30 s; its delay is from sending a frame to its reading. Fails if neither a frame nor a later one is
answered, if the server's memory grows by more than 256 MB, if it writes anything on its terminal, or, with `--p99 MS`,
if one client waits longer than that for more than a hundredth of its frames.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "src")]

RATE_HZ, SIDE, CLIENTS = 30, 90, 2
START = {"type": "start", "frames": "grey", "width": SIDE, "height": SIDE, "rate_hz": RATE_HZ, "eye": "full"}
GROWTH_BYTES = 256 << 20


async def stream(address: str, seconds: float) -> dict[str, Any]:
    """One honest client, which connects again if it is not let in at once, as clients do."""
    for refusals in range(100):
        socket = None
        try:
            socket = await connect(f"ws://{address}/api/stream", open_timeout=30, proxy=None)
            await socket.send(json.dumps(START))
            first = json.loads(await socket.recv())
        except (OSError, WebSocketException):
            first = {}
        if socket is not None and first.get("type") == "ready":
            try:
                return await exchange(socket, seconds) | {"refusals": refusals}
            finally:
                await socket.close()
        await asyncio.sleep(0.1)
    raise AssertionError("an honest client was never let in")


async def exchange(socket: ClientConnection, seconds: float) -> dict[str, Any]:
    """Delays in ms of the frames that were answered, and how many those are."""
    frames = np.random.default_rng(0).integers(0, 256, (30, SIDE, SIDE), dtype=np.uint8)
    sent: list[float] = []
    delays: list[float] = []

    async def send() -> None:
        began = time.perf_counter()
        for number in range(round(seconds * RATE_HZ)):
            await asyncio.sleep(max(0.0, began + number / RATE_HZ - time.perf_counter()))
            sent.append(time.perf_counter())
            await socket.send(frames[number % len(frames)].tobytes())

    sending = asyncio.create_task(send())
    last, answered = round(seconds * RATE_HZ) - 1, -1
    while answered < last:
        reading = json.loads(await asyncio.wait_for(socket.recv(), 30))
        answered = reading["frame"]
        delays.append(1000 * (time.perf_counter() - sent[answered]))
    await sending
    p50, p99 = np.percentile(delays, (50, 99))
    return {"answered": len(delays), "sent": last + 1, "p50_ms": round(float(p50), 2), "p99_ms": round(float(p99), 2)}


async def company(address: str, kind: str, seconds: float, server: psutil.Process) -> dict[str, Any]:
    """Honest clients beside one kind of strangers."""
    program = "import sys; from tests.attacks import ATTACKS; ATTACKS[sys.argv[1]](sys.argv[2])"
    strangers = subprocess.Popen([sys.executable, "-c", program, kind, address]) if kind != "nobody" else None
    memory = [server.memory_info().rss]

    async def weigh() -> None:
        while True:
            memory.append(server.memory_info().rss)
            await asyncio.sleep(0.1)

    weighing = asyncio.create_task(weigh())
    busy = sum(server.cpu_times()[:2])
    try:
        clients = await asyncio.gather(*(stream(address, seconds) for _ in range(CLIENTS)))
        ended = strangers is not None and strangers.poll() is not None
    finally:
        weighing.cancel()
        if strangers is not None:
            strangers.kill()
            strangers.wait()
    return {
        "strangers": kind,
        "clients": clients,
        "memory_mb": [memory[0] >> 20, max(memory) >> 20],
        "cores": round((sum(server.cpu_times()[:2]) - busy) / seconds, 2),
        "strangers_ended": ended,
    }


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, psutil.Process, Path]]:
    """A server with a page that has a large file: its address, its process, and what it writes on its terminal."""
    (folder / "index.html").write_text("page")
    (folder / "large.txt").write_bytes(os.urandom(1 << 24))
    said = folder / "said"
    with said.open("w") as terminal:
        command = [sys.executable, "-c", "from tests.soak import serve; import sys; serve(sys.argv[1])", str(folder)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal, text=True)
        try:
            assert process.stdout is not None
            found = re.search(r"127\.0\.0\.1:\d+", process.stdout.readline())
            assert found is not None, said.read_text()
            yield found[0], psutil.Process(process.pid), said
        finally:
            process.terminate()
            process.wait()


def serve(folder: str) -> None:
    from eyeprentice.app.serving.app import Serving, build_server
    from eyeprentice.app.serving.connections import Address
    from eyeprentice.app.serving.page import Page

    listener = Address("127.0.0.1", 0, None).listen()
    print(f"127.0.0.1:{listener.getsockname()[1]}", flush=True)
    build_server(Serving(), Page(Path(folder))).run(sockets=[listener])


def soak(kinds: list[str], seconds: float) -> tuple[list[dict[str, Any]], list[str]]:
    """So many seconds with each kind: what was measured, and what was wrong whatever the machine was doing."""
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as (address, process, said):
        found = []
        for kind in kinds:
            found.append(asyncio.run(company(address, kind, seconds, process)))
            print(json.dumps(found[-1]), flush=True)
        wrong = [f"{each['strangers']} ended by themselves" for each in found if each["strangers_ended"]]
        least = found[0]["memory_mb"][0]
        grown = [each for each in found if each["memory_mb"][1] - least > GROWTH_BYTES >> 20]
        wrong += [f"{each['strangers']}: {each['memory_mb'][1]} MB, from {least}" for each in grown]
        if told := said.read_text():
            wrong.append(f"on the server's terminal: {told[-2000:]}")
    return found, wrong


def main() -> None:
    from tests.attacks import ATTACKS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--kind", choices=ATTACKS, action="append", help="only this one (may be given several times)")
    parser.add_argument("--p99", type=float, help="milliseconds that are not to be exceeded")
    parser.add_argument("--out", type=Path, help="write what was measured into this file")
    options = parser.parse_args()
    kinds = ["nobody", *(options.kind or ATTACKS)]
    found, wrong = soak(kinds, max(2.0, 60 * options.minutes / len(kinds)))
    if options.p99 is not None:
        slow = [(each["strangers"], client["p99_ms"]) for each in found for client in each["clients"]]
        wrong += [f"{kind}: p99 {p99} ms" for kind, p99 in slow if p99 > options.p99]
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        report = {"load_of_the_machine": psutil.getloadavg()[1], "found": found, "wrong": wrong}
        options.out.write_text(json.dumps(report, indent=1) + "\n")
    print("\n".join(wrong) or "nothing was wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
