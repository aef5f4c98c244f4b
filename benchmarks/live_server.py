"""Clients of the live server at 30 frames a second each: delays, frames left out, one client too many. JSON.

    python benchmarks/live_server.py --clients 8 --seconds 20 --out build/live_server.json

The server is a process of its own. Each client sends a grey frame of 90x90 (what the page sends where a browser cannot
read) every 1/30 s, whether it was answered or not. The delay of a frame is from sending it to its reading. Lag grows if
the second half's median is above the first half's. One more client asks for room meanwhile.
"""

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
from websockets.asyncio.client import connect

RATE_HZ, SIDE = 30, 90
START = {"type": "start", "frames": "grey", "width": SIDE, "height": SIDE, "rate_hz": RATE_HZ, "eye": "full"}


async def watch(address: str, seconds: float, frames: np.ndarray) -> dict[str, list[float]]:
    """Delays in milliseconds of the first and the second half, and how many frames were left out."""
    sent: list[float] = []
    delays: list[float] = []
    skipped = 0
    async with connect(address) as socket:
        await socket.send(json.dumps(START))
        assert json.loads(await socket.recv())["type"] == "ready"

        async def send() -> None:
            began = time.perf_counter()
            for number in range(round(seconds * RATE_HZ)):
                await asyncio.sleep(max(0.0, began + number / RATE_HZ - time.perf_counter()))
                sent.append(time.perf_counter())
                await socket.send(frames[number % len(frames)].tobytes())

        sending = asyncio.create_task(send())
        last = round(seconds * RATE_HZ) - 1
        while True:
            reading = json.loads(await socket.recv())
            delays.append(1000 * (time.perf_counter() - sent[reading["frame"]]))
            skipped += reading["skipped"]
            if reading["frame"] == last:
                break
        await sending
    return {"delays": delays, "skipped": [skipped]}


async def ask_for_room(address: str) -> str:
    async with connect(address) as socket:
        return json.loads(await socket.recv())["type"]


async def measure(address: str, clients: int, seconds: float, server: psutil.Process) -> dict[str, object]:
    frames = np.random.default_rng(0).integers(0, 256, (60, SIDE, SIDE), dtype=np.uint8)
    busy = sum(server.cpu_times()[:2])
    tasks = [asyncio.create_task(watch(address, seconds, frames)) for _ in range(clients)]
    await asyncio.sleep(seconds / 2)
    one_more = await ask_for_room(address)
    results = await asyncio.gather(*tasks)
    first = [d for r in results for d in r["delays"][: len(r["delays"]) // 2]]
    second = [d for r in results for d in r["delays"][len(r["delays"]) // 2 :]]
    return {
        "clients": clients,
        "seconds": seconds,
        "frames_sent": round(clients * seconds * RATE_HZ),
        "frames_left_out": int(sum(r["skipped"][0] for r in results)),
        "delay_ms_median_first_half": round(statistics.median(first), 2),
        "delay_ms_median_second_half": round(statistics.median(second), 2),
        "delay_ms_99th_percentile": round(float(np.percentile(first + second, 99)), 2),
        "server_cores": round((sum(server.cpu_times()[:2]) - busy) / seconds, 3),
        "one_client_more_is_told": one_more,
        "load_of_the_machine": psutil.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--out", type=Path, default=Path("build/live_server.json"))
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "eyeprentice", "live", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://(\S+?)/", server.stdout.readline())
        assert found is not None
        address = f"ws://{found[1]}/api/stream"
        try:
            process = psutil.Process(server.pid)
            report = asyncio.run(measure(address, arguments.clients, arguments.seconds, process))
        finally:
            server.terminate()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
