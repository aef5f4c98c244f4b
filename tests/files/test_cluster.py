"""Other computers: what commands do on a Dask cluster, and what is wrong with one."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from types import SimpleNamespace

import pytest

from eyeprentice import __version__
from eyeprentice.app import cli
from eyeprentice.data.layout import SequenceName
from eyeprentice.files import cluster, processes
from eyeprentice.files.cluster import Cluster, connect
from eyeprentice.files.processes import in_processes
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError
from tests.synth.cast.material import write_model, write_portrait


def distributed():
    return pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")


class FakeClient:
    """A cluster as `connect` sees it: `versions` are what its workers have, or what went wrong on one."""

    def __init__(self, versions: dict[str, str] | Exception) -> None:
        self.versions, self.closed = versions, False

    def __call__(self, address: str, timeout: float) -> "FakeClient":
        self.address = address
        return self

    def wait_for_workers(self, count: int, timeout: float) -> None:
        if not self.versions:
            raise TimeoutError

    def run(self, function) -> dict[str, str]:
        if isinstance(self.versions, Exception):
            raise self.versions
        return self.versions

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self.versions, 3)

    def get_executor(self) -> Executor:
        return Here()

    def close(self) -> None:
        self.closed = True


class Here(Executor):
    """Does everything at once, in this process."""

    def submit(self, function, /, *arguments, **_: object) -> Future:
        (future := Future()).set_result(function(*arguments))
        return future


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> FakeClient:
    fake = FakeClient(request.param)
    monkeypatch.setitem(cluster.sys.modules, "distributed", SimpleNamespace(Client=fake))
    return fake


@pytest.mark.parametrize("client", [{"a": __version__, "b": __version__}], indirect=True)
def test_a_cluster_does_as_many_tasks_at_once_as_its_workers_have_threads(client: FakeClient, tmp_path: Path):
    assert connect("tcp://host:8786").slots == 6
    assert client.address == "tcp://host:8786"
    (tmp_path / "scheduler.json").write_text(json.dumps({"type": "Scheduler", "address": "tcp://10.0.0.7:8786"}))
    connect(str(tmp_path / "scheduler.json"))
    assert client.address == "tcp://10.0.0.7:8786"


@pytest.mark.parametrize(
    ("client", "what"),
    [
        ({}, "no worker has joined"),
        ({"a": __version__, "b": "0.0.1"}, "worker b has version 0.0.1 of eyeprentice"),
        (ModuleNotFoundError("No module named 'eyeprentice'"), "a worker cannot run eyeprentice"),
    ],
    indirect=["client"],
)
def test_a_cluster_that_cannot_do_the_work_is_refused(client: FakeClient, what: str):
    with pytest.raises(InputError, match=what):
        connect("tcp://host:8786")
    assert client.closed


@pytest.mark.parametrize("content", ["", "[]", '{"address": 7}', "hello"])
def test_a_file_that_names_no_scheduler_is_refused(tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(cluster.sys.modules, "distributed", SimpleNamespace(Client=FakeClient({})))
    (tmp_path / "scheduler.json").write_text(content)
    with pytest.raises(InputError, match=r"scheduler\.json: .*dask scheduler --scheduler-file"):
        connect(str(tmp_path / "scheduler.json"))
    with pytest.raises(InputError, match="cannot be read"):
        connect(str(tmp_path / "missing.json"))


@pytest.mark.parametrize("command", [["synth"], ["import", "videos"]])
def test_jobs_beside_a_cluster_are_refused_and_nothing_is_written(tmp_path: Path, capsys, command: list[str]):
    (tmp_path / "videos" / "fear").mkdir(parents=True)
    (tmp_path / "videos" / "fear" / "one.mp4").write_bytes(b"no video")
    words = [command[0], *[str(tmp_path / name) for name in command[1:]], str(tmp_path / "data"), "--jobs", "2"]
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--cluster", "tcp://127.0.0.1:9"])
    assert ended.value.code == 2
    assert "give --jobs or --cluster" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


class Elsewhere(Executor):
    """Workers that have a disk of their own: what they do is not seen here."""

    def submit(self, *_: object, **__: object) -> Future:
        (future := Future()).set_result([None])
        return future


def test_sequences_that_are_not_where_they_should_be_are_told(tmp_path: Path):
    """The annotations would list sequences that nobody could open."""
    plans = plan_sequences(2, 1, 32, 0)
    with pytest.raises(InputError, match="2 sequences that were written are not here; give a folder on a disk that"):
        write_dataset(tmp_path / "data", plans, cluster=Cluster(Elsewhere(), 2))
    assert not list(tmp_path.iterdir())


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Path, "is_dir", lambda path: not path.name.endswith(".partial"))
    with pytest.raises(InputError, match="a worker does not see this folder"):
        write_dataset(tmp_path / "data", plan_sequences(1, 1, 32, 0), cluster=Cluster(Here(), 1))


class KilledWorker(Exception):  # noqa: N818
    """As Dask's."""


class Lost(Executor):
    def submit(self, *_: object, **__: object) -> Future:
        (future := Future()).set_exception(KilledWorker("attempted 3 times"))
        return future


def test_workers_that_end_are_told_in_one_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(cluster.sys.modules, "distributed", SimpleNamespace())
    with pytest.raises(InputError, match=r"counting: the cluster lost .*KilledWorker.*run the command again"):
        list(in_processes(abs, [1], "counting", executor=Lost()))


def test_a_worker_that_has_another_version_of_the_users_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A worker lives on from one command to the next, and runs a file once."""
    monkeypatch.setattr(extensions, "_loaded", {})
    (own := tmp_path / "own.py").write_text("A = 1\n")
    extensions.load([own])
    before = extensions.used()
    assert processes._extended(abs, (__version__, [own], before), [-1]) == [1]
    with pytest.raises(InputError, match=r"own\.py: a worker has loaded it before it was changed"):
        processes._extended(abs, (__version__, [own], before | {"own.py": "0" * 16}), [-1])


def test_a_worker_of_another_version_that_came_late_says_so():
    with pytest.raises(InputError, match=rf"has version {__version__} of eyeprentice, not 9\.9; start the workers"):
        processes._extended(abs, ("9.9", [], {}), [-1])


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed().LocalCluster(**options) as started:
        yield started.scheduler_address


def content(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["drawn", "cast"])
def test_two_workers_of_a_cluster_simulate_the_bytes_of_one_process(
    tmp_path: Path, address: str, kind: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)  # the workers were started elsewhere, and paths are relative
    if kind == "cast":
        write_model(Path("model.npz"))
        for number in (1, 2):
            Path("portraits").mkdir(exist_ok=True)
            write_portrait(Path(f"portraits/anna_{number:02d}.png"), seed=number)
        cli.main(["cast", "portraits", "cast", "--face-model", "model.npz", "--jobs", "1"])
    words = ["--people", kind, "--sequences", "8", "--subjects", "2", "--size", "32"]
    cli.main(["synth", "one", *words, "--jobs", "1"])
    cli.main(["synth", "two", *words, "--cluster", address])
    assert content(Path("one")) == content(Path("two"))
    names = [SequenceName.parse(path.name) for path in Path("two").glob("frame/*/*")]
    assert len(names) == 8
