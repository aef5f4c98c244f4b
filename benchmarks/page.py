"""The live page in a headless Chromium with a fake camera of 640x480: frame rate, delays, memory, weight. JSON.

    make web && python benchmarks/page.py --seconds 60 --out build/page.json
    python benchmarks/page.py --still --openings 5

`first_reading_s` are the seconds from the opening of the page, by a browser that knows nothing of it, to the first
answer about its clip, once for each of `--openings`. `work_ms` is what a frame costs the worker alone. Then the camera
shows a simulated eye that moves in a larger picture, so the finder looks at every frame; with `--still` it does not
move, and is looked at in every second frame.
Delays are the page's own: finding the eye and the step, in the worker, as medians over 45 frames, read every second
after the first ten (until then, the browser still optimises). Memory (proportional set size, Linux, about every 20 s)
is that of the process of the page, and of all of the browser's processes together, whose processor time is counted too:
at 30 frames a second, two cores have 66 ms a frame. The weight is what a first visit transfers, without the clip, which
begins by itself where the user has nothing against motion.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil
from playwright.sync_api import Page, Playwright, Request, sync_playwright

from eyeprentice.app.serving.app import Serving, build_server
from eyeprentice.app.serving.connections import Address
from eyeprentice.synth.stream import simulate_stream

WARM_S = 10


TIMED = 150
"""Frames of which the work is timed."""
WORK = """async (count) => {
    const bytes = async (path) => (await fetch(path)).arrayBuffer();
    const names = ["api/model.onnx", "api/finder.onnx", "api/upright.onnx", "frames.raw"];
    const [model, finder, upright, frames] = await Promise.all(names.map(bytes));
    const worker = new Worker("worker.js", { type: "module" });
    const answer = () => new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
    const settings = { where: "auto", side: "right", box: [0, 0, 1, 1], turn: { degrees: 0, mirrored: false },
        rateHz: 30, certain: 0.6, automatic: true, keep: 0 };
    const description = await (await fetch("api/model")).json();
    worker.postMessage({ kind: "open", model, finder, upright, description, settings });
    await answer();
    const times = [];
    for (let number = 0; number < count; number++) {
        const grey = new Uint8Array(frames, number * 640 * 480, 640 * 480);
        const words = new Uint32Array(grey.length);
        for (let n = 0; n < grey.length; n++) words[n] = 0x10101 * grey[n];
        const rgba = new Uint8ClampedArray(words.buffer);
        const picture = { rgba, width: 640, height: 480 };
        worker.postMessage({ kind: "read", picture, timeUs: Math.round(number * 1e6 / 30) });
        const { result } = await answer();
        times.push([result.findMs, result.stepMs]);
    }
    worker.terminate();
    return times;
}"""


def scenes(sway: int) -> Iterator[np.ndarray]:
    """Ten seconds of an eye in a scene that moves sideways by so many pixels."""
    frames = simulate_stream(5, 0, ["neutral", "surprise", "happiness", "sadness", "neutral"], 60, 120).frames
    scene = cv2.GaussianBlur(np.random.default_rng(0).integers(60, 120, (480, 640)).astype(np.uint8), (0, 0), 6)
    for number, frame in enumerate(frames):
        picture, left = scene.copy(), 260 + round(sway * np.sin(number / 30))
        picture[180:300, left : left + 120] = np.clip(frame.astype(int) * 2, 0, 255)
        yield picture


def write_camera(path: Path, sway: int) -> None:
    """The scenes as YUV 4:2:0."""
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420jpeg\n")
        for picture in scenes(sway):
            file.write(b"FRAME\n" + picture.tobytes() + bytes([128]) * (2 * 320 * 240))


def work_ms(page: Page, sway: int) -> dict[str, float]:
    """What a frame costs the page's worker, which is given one after the other: tenth percentiles, which hardly hang on
    what else the machine does, of frames that were looked at and of the network's step, and how many were looked at."""
    pictures = b"".join(picture.tobytes() for picture, _ in zip(scenes(sway), range(TIMED), strict=False))
    page.route("**/frames.raw", lambda route: route.fulfill(body=pictures))
    find, step = np.array(page.evaluate(WORK, TIMED)[TIMED // 3 :]).T
    page.unroute("**/frames.raw")
    looked = find > 1  # a frame that is not looked at costs a tenth of that
    found, stepped = float(np.quantile(find[looked], 0.1)), float(np.quantile(step, 0.1))
    share = float(looked.mean())
    return {"finder": found, "step": stepped, "looked_at": share, "mean": share * found + stepped}


def memory_mb(root: psutil.Process) -> tuple[float, float]:
    """Of the process of the page, and of all of the browser."""
    page = whole = 0
    for process in root.children(recursive=True):
        try:
            used = process.memory_full_info().pss
            page = max(page, used) if "--type=renderer" in process.cmdline() else page
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        whole += used
    return page / 1e6, whole / 1e6


def cpu_s(root: psutil.Process) -> float:
    """Processor time of the browser's processes so far."""
    total = 0.0
    for process in root.children(recursive=True):
        try:
            total += sum(process.cpu_times()[:2])
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total


def first_reading_s(playwright: Playwright, address: str) -> float:
    """Seconds from the address to the first answer, in a browser that is new."""
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    try:
        page = browser.new_context(reduced_motion="no-preference").new_page()
        began = time.monotonic()
        page.goto(address, wait_until="commit")
        page.wait_for_function("() => !['', '–'].includes(document.getElementById('verdict')?.textContent ?? '')")
        return time.monotonic() - began
    finally:
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--still", action="store_true", help="the eye does not move")
    parser.add_argument("--openings", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("build/page.json"))
    arguments = parser.parse_args()
    server = build_server(Serving())
    listener = Address("127.0.0.1", 0, None).listen()
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        camera = Path(folder) / "camera.y4m"
        write_camera(camera, 0 if arguments.still else 40)
        openings = [first_reading_s(playwright, address) for _ in range(arguments.openings)]
        flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--no-sandbox"]
        flags.append(f"--use-file-for-fake-video-capture={camera}")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        context = browser.new_context(
            service_workers="block", reduced_motion="reduce", viewport={"width": 1280, "height": 800}
        )
        page = context.new_page()
        sizes: list[int] = []

        def weighed(request: Request) -> None:
            if not request.url.endswith("frames.raw"):  # which this script gives the worker
                sizes.append(request.sizes()["responseBodySize"])

        page.on("requestfinished", weighed)
        page.goto(address)
        page.wait_for_selector("html[data-state=ready]")
        alone = {name: work_ms(page, sway) for name, sway in (("still", 0), ("moves", 40))}
        page.click("#camera")
        page.wait_for_function("() => Number(document.getElementById('rate').textContent) > 0")
        weight = sum(sizes)
        own = psutil.Process()
        rows = []
        began, busy, busy_from = time.monotonic(), 0.0, 0.0
        while (passed := time.monotonic() - began) < arguments.seconds:
            page.wait_for_timeout(1000)
            rate, delay = page.text_content("#rate"), page.text_content("#latency")  # folded away
            if passed > WARM_S and rate not in ("–", ""):
                busy, busy_from = (busy or cpu_s(own)), (busy_from or time.monotonic())
                rows.append((float(rate), float(delay), memory_mb(own) if len(rows) % 20 == 0 else None))
        verdict = page.inner_text("#verdict")
        used = (cpu_s(own) - busy) / (time.monotonic() - busy_from)
        browser.close()
    server.should_exit = True
    memory = [row[2] for row in rows if row[2] is not None]
    report = {
        "seconds": arguments.seconds,
        "still": arguments.still,
        "first_reading_s": [round(seconds, 2) for seconds in openings],
        "work_ms": {name: {what: round(ms, 2) for what, ms in work.items()} for name, work in alone.items()},
        "frames_per_second_median": statistics.median(row[0] for row in rows),
        "frames_per_second_least": min(row[0] for row in rows),
        "finder_and_step_ms_median": statistics.median(row[1] for row in rows),
        "memory_mb_of_the_page": [round(page) for page, _ in memory],
        "memory_mb_of_the_browser": [round(whole) for _, whole in memory],
        "weight_mb": round(weight / 1e6, 3),
        "last_answer": verdict,
        "processor_ms_a_frame": round(1000 * used / statistics.median(row[0] for row in rows), 1),
        "load_of_the_machine": psutil.getloadavg()[0],
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
