import csv
import json
import tracemalloc
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import cv2
import dv_processing as dv
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.data.check import check_dataset
from eyeprentice.data.dataset import open_dataset
from eyeprentice.data.importing import importer
from eyeprentice.data.importing.importer import ImportSettings, import_sources
from eyeprentice.data.importing.label import Label
from eyeprentice.data.importing.labels import find_sources
from eyeprentice.data.layout import SequenceName
from eyeprentice.eye.path import find_eye_path
from eyeprentice.eye.region import Place, Region
from eyeprentice.sources.clips import at_frame_rate, crop_events, cut_clip
from eyeprentice.sources.events.packets import make_events
from eyeprentice.sources.events.representation import REPRESENTATIONS
from eyeprentice.sources.frames import open_frames
from eyeprentice.words import extensions
from eyeprentice.words.vocabulary import EMOTIONS
from tests.conftest import ROOT
from tests.data.importing.material import eyes, in_a_scene, write_video


def imported(*arguments: str | Path) -> None:
    main(["import", *map(str, arguments)])


def failing(capsys, *arguments: str | Path) -> tuple[int, str]:
    with pytest.raises(SystemExit) as exit_:
        imported(*arguments)
    return int(exit_.value.code or 0), capsys.readouterr().err


@pytest.mark.slow
def test_a_folder_of_videos_imports_with_one_command_and_trains(tmp_path: Path, capsys):
    for number, emotion in enumerate([*EMOTIONS, "fear", "happiness", "angry"]):
        frames = in_a_scene(eyes(emotion), left=60 + 8 * number, sway=10)
        write_video(tmp_path / "videos" / emotion / f"s{number % 4 + 1}_{number}.mp4", frames)
    imported(tmp_path / "videos", tmp_path / "data", "--size", "48")
    assert "10 of 10 sources imported" in capsys.readouterr().out
    data = tmp_path / "data"
    assert {finding.kind for finding in check_dataset(data)} <= {"no-samples", "near-duplicate"}
    dataset = open_dataset(data, 48, events=True)
    assert len(dataset.names) == 10
    assert len({name.subject for name in dataset.names}) == 4
    assert (np.asarray(dataset.events) != 127).mean() > 0.002
    assert (data / "contact_sheet.jpg").is_file()
    teacher = "--model teacher --options.width 0.125 --size 48 --epochs 1 --folds 2 --accelerator cpu"
    main(["train", str(data), *teacher.split(), "--out", str(tmp_path / "run")])
    assert (tmp_path / "run" / "weights.safetensors").is_file()


def test_pictures_import_and_sixty_frames_a_second_become_thirty(tmp_path: Path, capsys):
    frames = eyes("happiness")[:20]
    for number, frame in enumerate(frames):
        path = tmp_path / "in" / "happiness" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), frame)
    write_video(tmp_path / "in" / "fast_fear.mp4", [frame for frame in eyes("fear")[:20] for _ in (0, 1)], rate=60)
    imported(tmp_path / "in", tmp_path / "data", "--eye", "full", "--size", "110", "--jobs", "1")
    dataset = open_dataset(tmp_path / "data", 110, events=True)
    by_emotion = {name.emotion: i for i, name in enumerate(dataset.names)}
    assert dataset.lengths.tolist() == [20, 20]
    number = by_emotion["happiness"]
    stored = dataset.frames[dataset.offsets[number] + 5].numpy().astype(int)
    assert np.abs(stored - frames[5]).mean() < 4


def test_a_recording_keeps_its_own_events(tmp_path: Path):
    frames = eyes("angry")[:12]
    path = tmp_path / "angry.aedat4"
    writer = dv.io.MonoCameraWriter(str(path), dv.io.MonoCameraWriter.DAVISConfig("test", (110, 110)))
    store = dv.EventStore()
    for number in range(12):
        for k in range(50):
            store.push_back(1_000_000 + 33_333 * number + 100 * k, 30 + number, 40, True)
        writer.writeFrame(dv.Frame(1_000_000 + 33_333 * (number + 1), np.ascontiguousarray(frames[number])))
    writer.writeEvents(store)
    del writer
    imported(path, tmp_path / "data", "--eye", "full", "--size", "110", "--jobs", "1")
    dataset = open_dataset(tmp_path / "data", 110, events=True)
    for number in range(12):
        image = dataset.events[number].numpy()
        assert np.unravel_index(image.argmax(), image.shape) == (40, 30 + number)


def test_events_of_a_recording_move_with_the_crop_of_their_frame():
    """A box of 20 pixels at 20,10, then at 24,10, mirrored and doubled in size."""
    places = (Place(30, 20, 20, 20, True), Place(34, 20, 20, 20, True))
    assert (places[0].matrix(40) @ [20, 10, 1]).tolist() == pytest.approx([38.5, 0.5])
    events = make_events(np.array([5, 15, 16]), np.array([22, 22, 26]), np.array([15, 15, 15]), np.array([1, 1, 0]))
    (moved,) = crop_events(iter([events]), np.array([10, 20]), places, 40)
    assert moved["t_us"].tolist() == [5, 16]  # the second lies left of its frame's box
    assert moved["x"].tolist() == [34, 34]
    assert moved["polarity"].tolist() == [True, False]


@pytest.mark.parametrize("rate", [15, 24, 25, 30, 60, 120, 240])
def test_any_frame_rate_becomes_thirty_a_second_of_the_whole_source(rate: int):
    times = np.round(np.arange(round(19.5 * rate)) * 1e6 / rate).astype(np.int64)
    moments, numbers = at_frame_rate(times)
    assert np.diff(moments) == pytest.approx(np.full(len(moments) - 1, 33_333), abs=1e6 / 60)
    assert len(moments) == pytest.approx(19.5 * 30, abs=2)
    shown = times[numbers]
    assert (np.abs(moments - shown) <= max(1e6 / rate, 1e6 / 120) + 1).all()
    assert times[-1] - shown[-1] <= max(1e6 / rate, 1e6 / 30) + 1
    assert (np.diff(numbers) >= 0).all()


@pytest.mark.parametrize("rate", [15, 120])
def test_a_fast_or_slow_video_keeps_its_whole_length_and_that_is_said(tmp_path: Path, rate: int, capsys):
    """A bar that moves 30 pixels in two seconds is where it was at each moment, whatever the frame rate."""
    frames = []
    for number in range(2 * rate):
        frame = np.full((64, 64), 60, np.uint8)
        frame[:, 10 + round(15 * number / rate) :] = 200
        frames.append(frame)
    write_video(tmp_path / "fear.mp4", frames, rate)
    imported(tmp_path / "fear.mp4", tmp_path / "data", "--eye", "full", "--size", "64", "--jobs", "1")
    assert f"has {rate}.0 frames a second" in capsys.readouterr().out
    dataset = open_dataset(tmp_path / "data", 64, events=True)
    assert dataset.lengths.tolist() == [pytest.approx(60, abs=1)]
    for number in (0, 15, 30, 45, 58):
        edge = int((dataset.frames[number].numpy()[32] < 130).sum())
        assert edge == pytest.approx(10 + number / 2, abs=1)


def test_a_long_fast_video_is_not_held_in_memory(tmp_path: Path):
    """Cutting holds the cut frames, not the video: 300 frames of 640x480 would take 92 MB."""
    still = np.random.default_rng(0).integers(0, 255, (480, 640)).astype(np.uint8)
    write_video(tmp_path / "fear.mp4", [np.roll(still, number, 1) for number in range(300)], 60)
    source = open_frames(tmp_path / "fear.mp4")
    tracemalloc.start()
    path, moments, _ = find_eye_path(source, Region("full"))
    frames, _ = cut_clip(source, moments, path.places, 32, "event-frame", np.random.default_rng(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(frames) == 150
    assert peak < 20_000_000


def test_pictures_of_many_people_are_not_taken_for_one_clip(tmp_path: Path, capsys):
    folder = tmp_path / "happiness"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(12):
        picture = cv2.GaussianBlur(rng.integers(0, 255, (64, 64)).astype(np.uint8), (0, 0), 6)
        cv2.imwrite(str(folder / f"{number:03d}.png"), cv2.normalize(picture, picture, 20, 230, cv2.NORM_MINMAX))
    arguments = (folder, tmp_path / "data", "--eye", "full", "--size", "32", "--jobs", "1")
    code, said = failing(capsys, *arguments)
    assert code == 1
    assert f"error: {folder}: its neighbouring pictures show different things" in said
    assert not list((tmp_path / "data").rglob("*.jpg"))
    imported(*arguments, "--rate", "2")  # whoever names the rate has said that it is one clip
    assert open_dataset(tmp_path / "data", 32, events=False).lengths.tolist() == [pytest.approx(166, abs=1)]


def test_one_person_is_one_however_the_number_is_written_and_the_table_tells(tmp_path: Path, capsys):
    for name in ("s1_fear", "s01_angry", "S001_sadness", "s2_fear", "anna_fear"):
        write_video(tmp_path / "in" / f"{name}.mp4", list(eyes("fear")[:6]))
    imported(tmp_path / "in", tmp_path / "data", "--eye", "full", "--size", "32", "--jobs", "1")
    said = capsys.readouterr().out
    assert "001, 01, 1 are taken for one person" in said
    with (tmp_path / "data" / "sources.csv").open(newline="") as file:
        rows = {Path(row["source"]).stem: row for row in csv.DictReader(file)}
    person = {name: SequenceName.parse(row["sequence"]).subject for name, row in rows.items()}
    assert person["s1_fear"] == person["s01_angry"] == person["S001_sadness"]
    assert len(set(person.values())) == 3
    assert {row["eye"] for row in rows.values()} == {"full"}
    assert {row["events"] for row in rows.values()} == {"simulated"}
    assert rows["s01_angry"]["person"] == "01"
    for row in rows.values():
        assert list((tmp_path / "data" / "frame").glob(f"*/{row['sequence']}"))


def test_auto_decides_for_each_source_and_says_what(tmp_path: Path, capsys):
    write_video(tmp_path / "in" / "scene_fear.mp4", in_a_scene(eyes("fear"), sway=5))
    write_video(tmp_path / "in" / "headset_fear.mp4", list(eyes("fear")))
    imported(tmp_path / "in", tmp_path / "data", "--size", "48", "--jobs", "1")
    assert "eye: 1 followed, 1 full" in capsys.readouterr().out
    with (tmp_path / "data" / "sources.csv").open(newline="") as file:
        eye = {Path(row["source"]).stem: row["eye"] for row in csv.DictReader(file)}
    assert eye == {"scene_fear": "followed", "headset_fear": "full"}


def test_a_left_eye_is_imported_mirrored_and_both_eyes_are_refused(tmp_path: Path, capsys):
    mirrored = [frame[:, ::-1] for frame in eyes("fear")[:15]]
    write_video(tmp_path / "in" / "fear.mp4", mirrored)
    imported(tmp_path / "in", tmp_path / "data", "--eye", "left", "--size", "48", "--jobs", "1")
    assert "1 left eyes mirrored" in capsys.readouterr().out
    code, said = failing(capsys, tmp_path / "in", tmp_path / "right", "--eye", "right", "--size", "48", "--jobs", "1")
    assert (code, "no eye was found" in said) == (1, True)
    code, said = failing(capsys, tmp_path / "in", tmp_path / "both", "--eye", "both")
    assert (code, "both eyes cannot become one sequence" in said) == (2, True)
    assert not (tmp_path / "both").exists()


@pytest.fixture
def own_representations(monkeypatch):
    """What a user's file adds is gone after the test."""
    monkeypatch.setattr(extensions, "_loaded", {})
    before = dict(REPRESENTATIONS)
    yield
    REPRESENTATIONS.clear()
    REPRESENTATIONS.update(before)


def test_events_are_written_in_the_representation_that_was_asked_for(tmp_path: Path, capsys):
    write_video(tmp_path / "fear.mp4", list(eyes("fear")[:10]))
    images = {}
    for name in ("event-frame", "count"):
        out = tmp_path / name
        imported(tmp_path / "fear.mp4", out, "--eye", "full", "--size", "32", "--jobs", "1", "--representation", name)
        images[name] = open_dataset(out, 32, events=True).events.numpy().astype(int)
    assert np.abs(images["event-frame"] - 127).max() > 100
    assert not np.array_equal(images["event-frame"], images["count"])
    code, said = failing(capsys, tmp_path / "fear.mp4", tmp_path / "x", "--representation", "voxels")
    assert (code, "'voxels' is not known; use event-frame" in said) == (2, True)


def test_a_representation_of_the_users_own_is_named_on_the_command_line(tmp_path: Path, capsys, own_representations):
    """The one of docs/extend.md; sources are cut in processes of their own, which have to know it too."""
    page = (ROOT / "docs" / "extend.md").read_text("utf-8")
    (tmp_path / "newest.py").write_text(page.split("`newest.py`:\n```python\n")[1].split("```")[0])
    write_video(tmp_path / "fear.mp4", list(eyes("fear")[:10]))
    options = ("--eye", "full", "--size", "32", "--representation", "newest", "--extend", tmp_path / "newest.py")
    code, said = failing(capsys, tmp_path / "fear.mp4", tmp_path / "data", *options[:6])
    assert (code, "'newest' is not known" in said) == (2, True)
    imported(tmp_path / "fear.mp4", tmp_path / "data", *options)
    imported(tmp_path / "fear.mp4", tmp_path / "usual", *options[:4])
    newest, usual = (
        open_dataset(tmp_path / name, 32, events=True).events.numpy().astype(int) for name in ("data", "usual")
    )
    decided = np.abs(usual - 127) > 100  # JPEG blurs a little
    assert decided.any()
    assert (np.sign(newest[decided] - 127) == np.sign(usual[decided] - 127)).mean() > 0.8


def test_a_batch_goes_on_where_one_fails_and_resumes(tmp_path: Path, capsys):
    folder = tmp_path / "in"
    write_video(folder / "disgust.mp4", list(eyes("disgust")[:15]))
    (folder / "fear.mp4").write_bytes(b"no video")
    (folder / "angry.npz").write_bytes(b"PK\x03\x04 cut")
    write_video(folder / "nameless.mp4", list(eyes("fear")[:15]))
    arguments = (folder, tmp_path / "data", "--eye", "full", "--size", "32", "--jobs", "1")
    code, said = failing(capsys, *arguments)
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert code == 1
    assert len(errors) == 3
    assert any("fear.mp4: no frame can be read" in line for line in errors)
    assert any("angry.npz: damaged or cut short" in line for line in errors)
    assert any("nameless.mp4: its emotion is not known" in line for line in errors)
    database = json.loads((tmp_path / "data" / "emotion.json").read_text())["database"]
    assert len(database) == 1
    assert not list((tmp_path / "data").rglob("*.partial"))

    picture = next((tmp_path / "data" / "frame").rglob("*.jpg"))
    made = picture.stat().st_mtime_ns
    (folder / "fear.mp4").unlink()
    (folder / "angry.npz").unlink()
    table = _table(tmp_path, "file,emotion\nnameless.mp4,fear\n")
    imported(*arguments, "--labels", table)  # only what was left to do is done
    assert "2 of 2 sources imported" in capsys.readouterr().out
    assert picture.stat().st_mtime_ns == made
    assert len(open_dataset(tmp_path / "data", 32, events=True).names) == 2


def test_a_later_import_adds_to_what_is_there_and_confuses_nobody(tmp_path: Path):
    options = ("--eye", "full", "--size", "32", "--jobs", "1")
    write_video(tmp_path / "b" / "fear.mp4", list(eyes("fear")[:12]))
    imported(tmp_path / "b", tmp_path / "data", *options)
    write_video(tmp_path / "a" / "angry.mp4", list(eyes("angry")[:14]))
    imported(tmp_path / "a", tmp_path / "data", *options)
    names = open_dataset(tmp_path / "data", 32, events=True).names
    assert [(name.index, name.subject, name.emotion) for name in names] == [(1, "001", "fear"), (2, "002", "angry")]
    write_video(tmp_path / "b" / "fear.mp4", list(eyes("fear")[:10]))  # a shorter take in its place
    imported(tmp_path / "a", tmp_path / "b", tmp_path / "data", *options)
    dataset = open_dataset(tmp_path / "data", 32, events=True)
    assert dataset.lengths.tolist() == [10, 14]
    assert len(list((tmp_path / "data" / "frame").glob("*/*"))) == 2


def test_a_dataset_that_was_not_imported_is_left_alone(tmp_path: Path, tiny: Path, capsys):
    write_video(tmp_path / "fear.mp4", list(eyes("fear")[:5]))
    before = (tiny / "emotion.json").read_bytes()
    code, said = failing(capsys, tmp_path / "fear.mp4", tiny)
    assert (code, "not made by import" in said) == (2, True)
    assert (tiny / "emotion.json").read_bytes() == before


def _table(folder: Path, content: str) -> Path:
    (folder / "labels.csv").write_text(content)
    return folder / "labels.csv"


def test_sources_that_are_not_there_are_refused(tmp_path: Path, capsys):
    code, said = failing(capsys, tmp_path / "nowhere", tmp_path / "data")
    assert (code, "does not exist" in said) == (2, True)
    code, said = failing(capsys, tmp_path, tmp_path / "data")
    assert (code, "nothing to import" in said) == (2, True)
    (tmp_path / "a.mp4").write_bytes(b"")
    table = _table(tmp_path, "file,emotion\nb.mp4,fear\n")
    code, said = failing(capsys, tmp_path, tmp_path / "data", "--labels", table)
    assert (code, "lists b.mp4, which does not exist" in said) == (2, True)
    assert not (tmp_path / "data").exists()


def test_a_disk_that_fills_up_is_one_line_and_leaves_nothing(tmp_path: Path, capsys, monkeypatch):
    write_video(tmp_path / "in" / "fear.mp4", list(eyes("fear")[:15]))
    real, written = Path.write_bytes, []

    def full(path: Path, content: bytes) -> int:
        if len(written) == 20:
            raise OSError(28, "No space left on device")
        written.append(path)
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)

    class Here(Executor):
        """Does it at once, in this process."""

        def submit(self, function, /, *arguments, **named):
            done = Future()
            done.set_result(function(*arguments, **named))
            return done

    sources = find_sources([tmp_path / "in"], None, Label())
    settings = ImportSettings(Region("full"), 32)
    (outcome,) = import_sources(sources, tmp_path / "data", settings, executor=Here())
    assert "No space left on device" in str(outcome.error)
    assert not list((tmp_path / "data" / "frame").rglob("*.jpg"))
    assert not list((tmp_path / "data").rglob("*.partial"))


def test_what_a_library_did_not_foresee_stops_one_source_alone(tmp_path: Path, capsys, monkeypatch):
    for emotion in ("angry", "fear"):
        write_video(tmp_path / "in" / f"{emotion}.mp4", list(eyes(emotion)[:8]))

    def opened(path, **options):
        if "angry" in str(path):
            raise cv2.error("something\nodd")
        return open_frames(path, **options)

    monkeypatch.setattr(importer, "open_frames", opened)
    with ThreadPoolExecutor(1) as pool:
        found = find_sources([tmp_path / "in"], None, Label())
        settings = ImportSettings(Region("full"), 32)
        angry, fear = import_sources(found, tmp_path / "data", settings, executor=pool)
    assert "angry.mp4: cannot be imported (something odd)" in str(angry.error)
    assert fear.name is not None


@pytest.mark.slow
def test_a_dask_cluster_does_what_processes_do(tmp_path: Path):
    distributed = pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    for emotion in ("fear", "happiness", "angry"):
        write_video(tmp_path / "in" / f"{emotion}.mp4", list(eyes(emotion)[:15]))
    options = ("--eye", "full", "--size", "32")
    imported(tmp_path / "in", tmp_path / "one", *options)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        imported(tmp_path / "in", tmp_path / "two", *options, "--cluster", cluster.scheduler_address)
    one, two = (
        sorted(p.relative_to(root) for p in root.rglob("*") if p.suffix in (".jpg", ".png"))
        for root in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
    assert len(one) > 3 * 10
    assert all((tmp_path / "one" / p).read_bytes() == (tmp_path / "two" / p).read_bytes() for p in one)


def test_a_worker_that_does_not_see_the_folder_imports_nothing(tmp_path: Path):
    """It would write into a folder of its own, and the sequences would be called imported."""
    write_video(tmp_path / "fear.mp4", list(eyes("fear")[:5]))
    (source,) = find_sources([tmp_path / "fear.mp4"], None, Label())
    settings = ImportSettings(Region("full"), 32)
    outcome = importer._import_one((source, (1, "001")), tmp_path / "elsewhere", settings)
    assert outcome.name is None
    assert "elsewhere: a worker does not see this folder; give a folder on a disk that all" in str(outcome.error)
    assert not (tmp_path / "elsewhere").exists()


def test_a_cluster_that_does_not_answer_is_refused(tmp_path: Path, capsys):
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    write_video(tmp_path / "fear.mp4", list(eyes("fear")[:5]))
    code, said = failing(capsys, tmp_path / "fear.mp4", tmp_path / "data", "--cluster", "tcp://127.0.0.1:9")
    assert code == 2
    assert "tcp://127.0.0.1:9: no Dask cluster answers" in said
