"""Time in the page: counted as in the package; where it runs backwards, everything begins anew."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.sources.pace import Pace, usual_rate
from tests.conftest import ROOT
from tests.page.conftest import Open

BUNDLE = ["--bundle", "--format=iife", "--global-name=pace", "src/sources/pace.ts"]
COUNT = """([rate, times]) => {
    const counting = new pace.Pace(rate);
    return [times.map((time) => counting.ticks(1e-6 * time)), pace.usualRate(times)];
}"""
READ_TWICE = """async (files) => {
    const bytes = async (path) => (await fetch(path)).arrayBuffer();
    const names = ["model", "finder", "upright"];
    const [model, finder, upright] = await Promise.all(names.map((name) => bytes(`api/${name}.onnx`)));
    const worker = new Worker("worker.js", { type: "module" });
    const answer = () => new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
    const settings = { where: "auto", side: "right", box: [0, 0, 1, 1], turn: { degrees: 0, mirrored: false },
        rateHz: 30, certain: 0.6, automatic: false, keep: 0 };
    const description = await (await fetch("api/model")).json();
    worker.postMessage({ kind: "open", model, finder, upright, description, settings });
    await answer();
    const read = async (file, number) => {
        const drawn = await createImageBitmap(await (await fetch(file)).blob());
        const canvas = new OffscreenCanvas(drawn.width, drawn.height).getContext("2d");
        canvas.drawImage(drawn, 0, 0);
        const rgba = canvas.getImageData(0, 0, drawn.width, drawn.height).data;
        const picture = { rgba, width: drawn.width, height: drawn.height };
        worker.postMessage({ kind: "read", picture, timeUs: Math.round(number * 1e6 / 30) });
        return (await answer()).result.reading.probabilities;
    };
    const said = [];
    for (let round = 0; round < 2; round++)
        for (const [number, file] of files.entries()) said.push(await read(file, number));
    worker.terminate();
    return said;
}"""


@pytest.fixture(scope="module")
def pace_of_the_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page's own clock, as a script."""
    esbuild = ROOT / "web" / "node_modules" / ".bin" / "esbuild"
    if not esbuild.is_file():
        pytest.skip("esbuild is not installed; run make web")
    out = tmp_path_factory.mktemp("pace") / "pace.js"
    subprocess.run([str(esbuild), *BUNDLE, f"--outfile={out}"], cwd=ROOT / "web", check=True, capture_output=True)
    return out.read_text("utf-8")


def test_ticks_and_usual_rates_are_those_of_the_package(open_page: Open, pace_of_the_page: str):
    """Bit for bit, also where half an interval has passed."""
    opened = open_page().go()
    count = f"(given) => {{ {pace_of_the_page}; return ({COUNT})(given); }}"
    rng = np.random.default_rng(0)
    streams = [
        (rate, np.cumsum(rng.choice(choices, 400)).tolist())
        for rate in (0.5, 12.5, 24.0, 30.0, 59.94, 240.0, 4000.0)
        for choices in ([33_333], [33_000, 34_000], [0, 50_000, 16_667], [250, 4_000, 900_000, 33_333])
    ]
    for rate, times in [*streams, (30.0, []), (30.0, [7]), (30.0, [5, 5, 5]), (30.0, [0, 20_000])]:
        ticks, usual = opened.page.evaluate(count, [rate, times])
        pace = Pace(rate)
        assert ticks == [pace.ticks(1e-6 * time) for time in times]
        expected = usual_rate(times)
        assert usual == (None if expected is None else pytest.approx(expected, rel=1e-12))


def test_a_source_whose_time_runs_backwards_is_read_from_its_beginning(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    opened.page.route("**/frame/*", lambda route: route.fulfill(path=pictures[int(route.request.url[-1])]))
    said = np.array(opened.page.evaluate(READ_TWICE, [f"frame/{number}" for number in range(8)]))
    assert np.array_equal(said[:8], said[8:])
    assert np.abs(said[7] - said[0]).max() > 0.01
