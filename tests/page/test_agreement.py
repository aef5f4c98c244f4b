"""The page reads what `predict` reads, frame by frame."""

import csv
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from eyeprentice.app.cli import main
from eyeprentice.app.serving.app import Serving
from eyeprentice.data.clips import Clip
from eyeprentice.deploy.onnx import to_onnx, write_onnx
from eyeprentice.deploy.step import exported_step
from eyeprentice.eye.region import Region
from eyeprentice.models import build_model
from eyeprentice.runtime import Recognizer, watch
from eyeprentice.sources.frames import FrameSource, open_frames
from eyeprentice.sources.turning import turned, turned_image
from eyeprentice.synth.dataset import UNIT_COLUMNS
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.vocabulary import EMOTIONS
from tests.data.importing.material import eyes, in_a_scene, write_video
from tests.page.conftest import EACH, EMOTIONS_SHOWN, Open
from tests.served import served
from tests.sources.videos import posed, retimed, with_matrix, write_webm

pytestmark = pytest.mark.slow  # many pages are opened

WITHIN, SHARE, FAR = 1e-3, 0.95, 0.02
"""The page decodes, times, cuts and follows exactly as `predict`, which the server's answers show. But WebAssembly sums
in another order than a processor, and where a potential is within rounding of the threshold, that decides on a spike
(docs/deploy.md). So in the browser a few frames may differ by more than `WITHIN`, but not by much."""


FRAMES = 36


def face(emotion: str, lighting: str, movement: str) -> list[np.ndarray]:
    """A drawn face of two eyes in a picture, which shows an emotion, while its head moves."""
    size = 90
    plans = plan_sequences(sequences=84, subjects=3, size=size, seed=3, representation=None)
    plan = next(p for p in plans if p.name.emotion == emotion and p.name.lighting == lighting)
    eyes = simulate_sequence(plan).frames[:FRAMES]
    gain = min(3.0, 200 / float(np.quantile(eyes[0], 0.98)))
    pictures = []
    for number, eye in enumerate(eyes):
        # the picture of an eye is as wide as the eyes are apart
        both = cv2.convertScaleAbs(np.concatenate([eye, eye[:, ::-1]], axis=1), alpha=gain)
        scale = 1 + (0.006 * number if movement == "comes nearer" else 0)
        right, down = (20 * np.sin(number / 8) if movement == name else 0 for name in ("sways", "nods"))
        place = np.array([[scale, 0, 160 - scale * size + right], [0, scale, 120 - scale * size / 2 + down]])
        pictures.append(cv2.warpAffine(both, place, (320, 240), borderMode=cv2.BORDER_REPLICATE))
    return pictures


def agree(found: np.ndarray, expected: np.ndarray, exactly: bool = False) -> bool:
    """Whether they do; `exactly`, as where the server reads: in every frame."""
    assert found.shape == expected.shape
    apart = np.abs(found - expected).max(1)
    print(f"within {WITHIN}: {np.mean(apart < WITHIN):.3f} of {len(apart)} frames, largest {apart.max():.5f}")
    return bool(np.mean(apart < WITHIN) >= (1 if exactly else SHARE) and apart.max() < FAR)


def predicted(
    source: Path | FrameSource,
    eye: str = "full",
    mirror: bool = False,
    neutral: np.ndarray | str | None = "auto",
    model: Path | None = None,
) -> np.ndarray:
    frames = open_frames(source) if isinstance(source, Path) else source
    recognizer = Recognizer(model, rate_hz=frames.rate_hz, mirror=mirror, neutral=neutral)
    readings = (moment.reading for moment in watch(frames, recognizer, Region.parse(eye)))
    return np.array([list(reading.probabilities.values()) for reading in readings if reading is not None])


def test_pictures_are_read_as_predict_reads_them(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    opened.page.check("#where-full")
    opened.read_files(*pictures)
    expected = predicted(pictures[0].parent)
    found = opened.probabilities()
    assert found.shape == expected.shape == (EACH * len(EMOTIONS_SHOWN), len(EMOTIONS))
    assert agree(found, expected)
    assert opened.complaints == []


@pytest.fixture(scope="module")
def remembering(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student that remembers in all the ways that there are, with clips of eight frames."""
    torch.manual_seed(0)
    student = build_model("student", {"channels": (16, 32, 32), "step_weights": 8}).train()
    with torch.no_grad():
        for _ in range(20):
            student(Clip(torch.rand(8, 4, 1, 90, 90), None))
        student.readout.linear.weight *= 3
    path = tmp_path_factory.mktemp("remembering") / "student.onnx"
    step = exported_step(student, 90, ready=True)
    write_onnx(to_onnx(step), step, Recipe(), path, {"sharpness": "0.3", "forgetting_hz": "1"})
    return path


@pytest.mark.parametrize("query", ["", "?engine=server"])
def test_a_student_that_remembers_is_read_as_predict_reads_it(
    open_page: Open, pictures: list[Path], remembering: Path, query: str
):
    with served(Serving(model=remembering)) as address:
        opened = open_page(address=f"http://{address}/").go(query)
        opened.page.check("#where-full")
        opened.read_files(*pictures)
        expected = predicted(pictures[0].parent, model=remembering)
        assert expected.std() > 0.01
        assert agree(opened.probabilities(), expected, exactly=bool(query))
        assert opened.complaints == []


@pytest.fixture(scope="module")
def estimating(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student that estimates action units."""
    torch.manual_seed(0)
    student = build_model("student", {"channels": (16, 32, 32), "units": len(UNIT_COLUMNS)}).train()
    with torch.no_grad():
        for _ in range(20):
            student(Clip(torch.rand(8, 4, 1, 90, 90), None))
        student.readout.linear.weight *= 3
        student.readout.units.weight *= 3
        student.readout.units.bias += 0.3
    path = tmp_path_factory.mktemp("estimating") / "student.onnx"
    step = exported_step(student, 90, True, UNIT_COLUMNS)
    write_onnx(to_onnx(step), step, Recipe(), path, {"sharpness": "0.3", "forgetting_hz": "1"})
    return path


@pytest.mark.parametrize("query", ["", "?engine=server"])
def test_units_valence_and_arousal_are_those_of_predict(
    open_page: Open, pictures: list[Path], estimating: Path, tmp_path: Path, query: str
):
    with served(Serving(model=estimating)) as address:
        opened = open_page(address=f"http://{address}/", viewport={"width": 390, "height": 844}).go(query)
        opened.page.check("#where-full")
        opened.read_files(*pictures)
        words = [str(pictures[0].parent), "--eye", "full", "--model", str(estimating)]
        main(["predict", *words, "--csv", str(tmp_path / "readings.csv")])
        expected = list(csv.DictReader((tmp_path / "readings.csv").open(newline="")))
        found = list(csv.DictReader(io.StringIO(opened.saved("csv"))))
        assert ["source", *found[0]] == list(expected[0])
        names = ["valence", "arousal", *UNIT_COLUMNS]
        table, other = (np.array([[float(row[name]) for name in names] for row in rows]) for rows in (found, expected))
        assert other[:, 2:].std() > 0.01
        assert agree(table, other, exactly=bool(query))
        frames = opened.saved()["frames"]
        kept = np.array([[frame["valence"], frame["arousal"], *frame["units"].values()] for frame in frames])
        assert np.abs(kept - table).max() < 1.1e-4  # halves are rounded otherwise
        assert list(frames[0]["units"]) == list(UNIT_COLUMNS)
        rows = opened.page.locator("#unit-bars li").all_inner_texts()
        assert len(rows) == len(UNIT_COLUMNS)
        assert rows[0].split("\n")[0] == "inner brow up"
        assert rows[0].endswith(f"{round(100 * frames[-1]['units']['AU1'])} %")
        assert opened.page.locator("#affect").inner_text().startswith("valence ")
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert opened.complaints == []


def test_a_model_without_units_has_no_bars_for_them(open_page: Open, remembering: Path, pictures: list[Path]):
    with served(Serving(model=remembering)) as address:
        opened = open_page(address=f"http://{address}/").go()
        assert not opened.page.is_visible("#units")
        opened.read_files(pictures[0])
        assert opened.saved()["frames"][0]["units"] == {}


def test_a_video_is_read_as_predict_reads_it(open_page: Open, video: Path):
    opened = open_page().go()
    opened.page.check("#where-full")
    opened.page.uncheck("#automatic")  # one spike more may decide which frames become the reference
    opened.read_files(video)
    assert agree(opened.probabilities(), predicted(video, neutral=None))


@pytest.mark.parametrize("query", ["", "?engine=server"])
def test_a_video_whose_frames_come_unevenly_is_read_as_predict_reads_it(
    open_page: Open, frames: np.ndarray, tmp_path: Path, query: str
):
    """Some are left out, some come at once, some come after a pause."""
    rng = np.random.default_rng(1)
    intervals = rng.choice([4, 33, 34, 50, 67, 100], len(frames) - 1, p=[0.1, 0.3, 0.3, 0.1, 0.1, 0.1])
    intervals[40] = 900
    times = [0, *np.cumsum(intervals).tolist()]
    even = write_webm(tmp_path / "even.webm", list(frames))
    video = retimed(even, tmp_path / "eye.webm", times)
    source = open_frames(video)
    assert source.rate_from == "the times"
    assert [t_us // 1000 for t_us, _ in source] == times
    opened = open_page().go(query)
    opened.page.check("#where-full")
    opened.page.uncheck("#automatic")
    opened.read_files(video)
    expected = predicted(video, neutral=None)
    assert np.abs(expected - predicted(even, neutral=None)).max() > 0.05
    assert [frame["time_s"] for frame in opened.saved()["frames"]] == pytest.approx([t / 1000 for t in times], abs=6e-4)
    assert agree(opened.probabilities(), expected, exactly=bool(query))


@pytest.mark.parametrize(("degrees", "query"), [(180, ""), (90, "?engine=server"), (270, "?engine=server")])
def test_a_video_that_is_turned_back_is_read_as_predict_reads_it(
    open_page: Open, tmp_path: Path, degrees: int, query: str
):
    scene = in_a_scene(eyes("surprise"), left=100, top=70)[:30]
    video = write_webm(tmp_path / "eye.webm", [turned_image(picture, 360 - degrees) for picture in scene])
    opened = open_page().go(query)
    opened.page.uncheck("#automatic")
    opened.page.select_option("#turn", str(degrees))
    opened.read_files(video)
    expected = predicted(turned(open_frames(video), degrees), "auto", neutral=None)
    assert len(expected) > 25
    assert {frame.get("eye_manner") for frame in opened.saved()["frames"]} == {"followed"}
    assert agree(opened.probabilities(), expected, exactly=bool(query))


def test_videos_are_turned_and_mirrored_as_their_files_say(open_page: Open, frames: np.ndarray, tmp_path: Path):
    eye = list(frames[10:25, :, 20:])
    webm = write_webm(tmp_path / "plain.webm", eye)
    mp4 = write_video(tmp_path / "plain.mp4", eye, codec="vp09")
    videos = [posed(webm, tmp_path / f"{yaw}_{roll}.webm", yaw, roll) for yaw, roll in ((0, 90), (0, 180), (180, 0))]
    matrices = ((-1, 0, 0, 1), (0, 1, 1, 0), (0, -1, 1, 0))
    videos += [with_matrix(mp4, tmp_path / f"{number}.mp4", matrix) for number, matrix in enumerate(matrices)]
    opened = open_page().go("?engine=server")
    opened.page.check("#where-full")
    opened.page.uncheck("#automatic")
    plain = predicted(webm, neutral=None)
    for video in videos:
        opened.read_files(video)
        expected = predicted(video, neutral=None)
        assert np.abs(expected - plain).max() > 0.01
        assert agree(opened.probabilities(), expected, exactly=True), video.name
        size = opened.page.evaluate("(({ width, height }) => [width, height])(document.getElementById('picture'))")
        _, image = next(iter(open_frames(video)))
        assert size == [image.shape[1], image.shape[0]]


def test_a_video_that_is_to_be_shown_askew_is_refused(open_page: Open, frames: np.ndarray, tmp_path: Path):
    plain = write_video(tmp_path / "plain.mp4", list(frames[:3]), codec="vp09")
    video = with_matrix(plain, tmp_path / "eye.mp4", (0.7, 0.7, -0.7, 0.7))
    opened = open_page().go()
    opened.page.set_input_files("#file", str(video))
    opened.page.wait_for_selector("text=turned by what is no quarter turn")


def test_a_left_eye_in_a_box_is_read_as_predict_reads_it(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    opened.page.check("#where-box")
    opened.page.check("input[name=side][value=left]")
    opened.read_files(*pictures)  # the box begins as the middle half
    assert agree(opened.probabilities(), predicted(pictures[0].parent, "30,30,60,60", mirror=True))


@pytest.mark.parametrize("kind", ["pictures", "video"])
def test_what_the_page_cuts_out_is_what_predict_cuts_out(open_page: Open, pictures: list[Path], video: Path, kind: str):
    """Read on the server, by the same arithmetic, every frame is the same: so it was decoded and cut as there."""
    opened = open_page().go("?engine=server")
    opened.page.check("#where-full")
    opened.read_files(*(pictures if kind == "pictures" else [video]))
    assert "runs in the eyeprentice program on this computer" in opened.page.inner_text("#engine")
    expected = predicted(pictures[0].parent if kind == "pictures" else video)
    assert np.abs(opened.probabilities() - expected).max() < WITHIN


def test_a_picture_that_is_an_eye_is_taken_whole_as_predict_takes_it(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    opened.read_files(*pictures)
    assert {frame["eye_manner"] for frame in opened.saved()["frames"]} == {"full"}
    assert agree(opened.probabilities(), predicted(pictures[0].parent, "auto"))


@pytest.mark.parametrize(("side", "query"), [("right", ""), ("left", ""), ("both", ""), ("right", "?engine=server")])
def test_an_eye_that_moves_is_followed_as_predict_follows_it(open_page: Open, tmp_path: Path, side: str, query: str):
    paths = [tmp_path / f"{number:03d}.png" for number in range(30)]
    scene = in_a_scene(eyes("surprise"), left=100, top=70, sway=20, mirrored=side == "left")
    for path, frame in zip(paths, scene, strict=False):
        cv2.imwrite(str(path), frame)
    opened = open_page().go(query)
    opened.page.check(f"input[name=side][value={side}]")
    opened.read_files(*paths)
    expected = predicted(tmp_path, "auto" if side == "right" else side)
    assert len(expected) == 30
    assert {frame["eye_manner"] for frame in opened.saved()["frames"]} == {"followed"}
    assert agree(opened.probabilities(), expected, exactly=bool(query))


@pytest.mark.parametrize(
    ("emotion", "lighting", "movement", "side"),
    [
        ("neutral", "normal", "sways", "both"),
        ("fear", "Overexposed", "comes nearer", "left"),
        ("angry", "Low", "stays still", "right"),
        ("angry", "normal", "nods", "right"),
    ],
)
def test_a_face_is_read_as_predict_reads_it(
    open_page: Open, tmp_path: Path, emotion: str, lighting: str, movement: str, side: str
):
    """Two eyes in a picture, of several people, under every light, however the head moves."""
    paths = [tmp_path / f"{number:03d}.png" for number in range(FRAMES)]
    for path, frame in zip(paths, face(emotion, lighting, movement), strict=True):
        cv2.imwrite(str(path), frame)
    opened = open_page().go()
    opened.page.check(f"input[name=side][value={side}]")
    opened.read_files(*paths)
    expected = predicted(tmp_path, "auto" if side == "right" else side)
    assert len(expected) > 30
    assert {frame.get("eye_manner") for frame in opened.saved()["frames"]} <= {"followed", None}
    assert agree(opened.probabilities(), expected)


@pytest.mark.parametrize("evenly", [True, False])
def test_a_video_of_a_face_is_read_as_predict_reads_it(open_page: Open, tmp_path: Path, evenly: bool):
    """A WebM counts in milliseconds, so its rate is never quite 30: ticks are counted by the times all the same."""
    video = write_webm(tmp_path / "even.webm", face("neutral", "normal", "sways"))
    if not evenly:
        pauses = np.random.default_rng(2).choice(
            [30, 33, 34, 38, 67, 100], FRAMES - 1, p=[0.1, 0.3, 0.3, 0.1, 0.1, 0.1]
        )
        video = retimed(video, tmp_path / "uneven.webm", [0, *np.cumsum(pauses).tolist()])
    opened = open_page().go()
    opened.read_files(video)
    expected = predicted(video, "auto")
    assert len(expected) == FRAMES
    assert agree(opened.probabilities(), expected)


def test_the_clip_shows_what_it_is_read_as(open_page: Open, tmp_path: Path):
    """Its emotions come in the order in which `predict` finds them, and the answer names the last one."""
    opened = open_page(clip=True).go()
    opened.page.wait_for_function("() => document.getElementById('badge').textContent === 'simulated clip – ended'")
    clip = tmp_path / "clip.webm"
    clip.write_bytes(opened.page.request.get(opened.address + "clip.webm").body())
    shown = opened.page.request.get(opened.address + "clip.json").json()["shown"]
    expected, found = predicted(clip), opened.probabilities()
    parts = [slice(round(30 * part["fromS"]), round(30 * part["toS"])) for part in shown]
    answers = [[EMOTIONS[beliefs[part].mean(0).argmax()] for part in parts] for beliefs in (found, expected)]
    assert answers[0] == answers[1]
    assert len(set(answers[0])) > 2
    assert agree(found, expected)
