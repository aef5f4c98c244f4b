"""What `eyeprentice env` tells, and that it tells nothing about a person."""

import getpass
import json
import os
import platform
import subprocess
import sys
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pytest

from eyeprentice import __version__
from eyeprentice.app import cli, environment
from tests.conftest import ROOT

PACKAGE = ROOT / "src" / "eyeprentice"


def told(capsys: pytest.CaptureFixture[str]) -> dict:
    cli.main(["env", "--json"])
    return json.loads(capsys.readouterr().out)


def test_env_tells_versions_as_they_are_installed(capsys):
    versions = told(capsys)["versions"]
    assert versions["eyeprentice"] == __version__
    assert versions["Python"] == f"CPython {platform.python_version()}"
    for name in ("numpy", "onnxruntime", "opencv-python-headless", "lightning-fabric"):
        assert versions[name] == metadata.version(name)


def test_env_tells_which_models_are_packaged(capsys):
    package = told(capsys)["package"]
    digest = sha256((PACKAGE / "runtime" / "default.onnx").read_bytes()).hexdigest()
    assert package["runtime/default.onnx"] == f"sha256 {digest[:16]}"
    is_built = (PACKAGE / "app" / "serving" / "page" / "index.html").is_file()
    assert package["page of live"] == ("built" if is_built else None)


def test_env_names_what_an_extra_lacks(monkeypatch: pytest.MonkeyPatch):
    needs = ["numpy>=1", 'no-such-package>=2; extra == "train"', 'numpy>=1; extra == "train"', "pyyaml; extra == 'x'"]
    needs.append('only-elsewhere; sys_platform == "plan9" and extra == "x"')
    monkeypatch.setattr(environment.metadata, "requires", lambda name: needs)
    assert environment.missing_of_extras() == {"train": ["no-such-package"], "x": []}


CPUINFO = "processor\t: 0\nmodel name\t: Some Core i7\nflags\t\t: fpu avx2 avx512f avx_vnni\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp\n\nModel\t\t: Raspberry Pi 5\n"


@pytest.mark.skipif(sys.platform == "darwin", reason="the file is one of Linux")
@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        (CPUINFO, "Some Core i7", ["AVX2", "AVX-512", "VNNI"]),
        (ARM, "Raspberry Pi 5", ["NEON", "dot product"]),
    ],
)
def test_env_reads_the_processor(monkeypatch: pytest.MonkeyPatch, text: str, name: str, found: list[str]):
    monkeypatch.setattr(environment, "_text", lambda path: text if path == "/proc/cpuinfo" else "")
    processor = environment.describe_environment()["processor"]
    assert (processor["name"], processor["instructions"]) == (name, found)


def test_env_tells_the_gpu_as_its_driver_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA H100, 81559 MiB, 570.1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert environment.describe_environment()["GPU"]["NVIDIA"] == ["NVIDIA H100, 81559 MiB, 570.1"]


def test_a_library_that_cannot_be_loaded_is_told_without_its_path(monkeypatch: pytest.MonkeyPatch):
    def broken():
        raise ImportError("libGL.so.1: cannot open /home/jane/lib/cv2.so: no such file")

    monkeypatch.setattr(environment, "_video", broken)
    assert environment.describe_environment()["video"] == {
        "cannot be loaded": "libGL.so.1: cannot open cv2.so: no such file"
    }


def test_env_names_nobody_and_no_place_and_loads_no_torch(tmp_path: Path):
    """In a folder and a home whose names would be seen, as a user and on a computer whose names would be."""
    home = tmp_path / "home" / "janeroe"
    home.mkdir(parents=True)
    code = (
        "import sys\nfrom eyeprentice.app.cli import main\n"
        "main(['env']); main(['env', '--json'])\nassert 'torch' not in sys.modules"
    )
    given = {**os.environ, "HOME": str(home), "USER": "janeroe", "LOGNAME": "janeroe", "TMPDIR": str(home)}
    done = subprocess.run([sys.executable, "-c", code], cwd=home, env=given, capture_output=True, text=True, check=True)
    assert "versions:" in done.stdout
    for word in ("janeroe", str(tmp_path), str(ROOT), str(Path.home())):
        assert word not in done.stdout
    if len(platform.node()) > 4:
        assert platform.node() not in done.stdout
    if getpass.getuser() != "root":
        assert getpass.getuser() not in done.stdout


def test_the_version_is_told_at_once(capsys):
    cli.main(["--version"])
    assert capsys.readouterr().out == f"eyeprentice {__version__}\n"
