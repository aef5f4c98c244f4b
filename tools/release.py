"""Builds wheel and sdist, and checks them in empty environments: `make release` and `make package`.

python tools/release.py            the commit that is checked out, built twice and compared byte for byte; into dist
python tools/release.py --here     the files as they are, built once

Each step prints one line. What a program prints is shown if it fails.
"""

import argparse
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tools.sbom import write_sbom  # noqa: E402

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PAGE = "app/serving/page"
CONSTRAINTS = ROOT / "constraints.txt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--here", action="store_true", help="the files as they are, built once")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to write, in place of what it holds")
    asked = parser.parse_args()
    os.umask(0o022)  # the modes of files are in the archives
    with tempfile.TemporaryDirectory(prefix="eyeprentice-release-") as scratch:
        files = build(ROOT, Path(scratch) / "here", epoch()) if asked.here else build_twice(Path(scratch))
        for file in files:
            check_whole(file)
        shutil.rmtree(asked.out, ignore_errors=True)
        asked.out.mkdir(parents=True)
        files = [Path(shutil.copy(file, asked.out)) for file in files]
        environment = check_installed(files, Path(scratch))
        bundled = contents(files[0])[f"eyeprentice/{PAGE}/third_party.txt"].decode()
        lock = ROOT / "web" / "package-lock.json"
        files.append(write_sbom(asked.out / f"eyeprentice-{version()}.cdx.json", bundled, lock, environment, epoch()))
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in files]
    (asked.out / "SHA256SUMS").write_text("\n".join(sums) + "\n", "utf-8")
    for line in sums:
        say(line)


def build_twice(scratch: Path) -> list[Path]:
    """The commit that is checked out, in two folders; raises `SystemExit` where the results differ."""
    if changed := run("git", "status", "--porcelain", "--untracked-files=no", cwd=ROOT).split("\n")[0]:
        fail(f"{changed.split()[-1]}: is changed, and a release is made of a commit; commit it first")
    commit = run("git", "rev-parse", "HEAD", cwd=ROOT).strip()  # whatever is committed meanwhile
    built = []
    for name in ("one", "two"):
        source = scratch / name / f"eyeprentice-{version()}"
        source.mkdir(parents=True)
        run("sh", "-c", f"git archive {commit} | tar -x -C '{source}'", cwd=ROOT)
        build_page(source)
        built.append(build(source, scratch / name / "dist", epoch()))
    for one, two in zip(*built, strict=True):
        if one.read_bytes() != two.read_bytes():
            fail(f"{one.name}: two builds differ, in {', '.join(differences(one, two)) or 'their order'}")
    say("built twice: the same bytes")
    return built[0]


def build_page(source: Path) -> None:
    """The page of `live`, within an exported source; npm's packages are those of this checkout."""
    (source / "web" / "node_modules").symlink_to((ROOT / "web" / "node_modules").resolve())
    environment = {
        **os.environ,
        "PYTHONPATH": str(source / "src"),
        "OPENCV_LOG_LEVEL": "SILENT",
        "OMP_NUM_THREADS": "1",
    }
    run(sys.executable, "web/make_clip.py", "build/page-clip", cwd=source, env=environment)
    run("npm", "run", "--silent", "build", cwd=source / "web")
    (source / "web" / "node_modules").unlink()


def build(source: Path, out: Path, epoch: int) -> list[Path]:
    """Wheel and sdist, the wheel from the sdist; every time in them is `epoch`."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "PIP_CONSTRAINT": str(CONSTRAINTS)}
    environment.pop("PYTHONPATH", None)
    run(sys.executable, "-m", "build", "--outdir", str(out), str(source), env=environment)
    sdist, wheel = next(out.glob("*.tar.gz")), next(out.glob("*.whl"))
    settle(sdist, epoch)
    say("built " + " and ".join(f"{file.name} ({file.stat().st_size / 1e6:.1f} MB)" for file in (wheel, sdist)))
    return [wheel, sdist]


def settle(sdist: Path, epoch: int) -> None:
    """Packs an sdist again: its files in the order of their names, of nobody, at one time."""
    with tarfile.open(sdist) as old:
        members = [(member, old.extractfile(member)) for member in old.getmembers() if member.isfile()]
        content = [(member.name, member.mode & 0o111, file.read()) for member, file in members if file is not None]
    with (
        sdist.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for name, executable, data in sorted(content):
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = len(data), epoch, 0o755 if executable else 0o644
            new.addfile(member, io.BytesIO(data))


def contents(file: Path) -> dict[str, bytes]:
    """Every file within a wheel or an sdist, by its name without the folder of an sdist."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    found = {}
    with tarfile.open(file) as sdist:
        for member in sdist:
            if (content := sdist.extractfile(member)) is not None:
                found[member.name.partition("/")[2]] = content.read()
    return found


def differences(one: Path, two: Path) -> list[str]:
    a, b = contents(one), contents(two)
    return sorted(name for name in {*a, *b} if a.get(name) != b.get(name))


def check_whole(file: Path) -> None:
    """Raises `SystemExit` where a file lacks what it must have."""
    names = set(contents(file))
    package = "" if file.suffix == ".whl" else "src/"
    needed = {f"{package}eyeprentice/{name}" for name in (
        "runtime/default.onnx", "eye/finder.onnx", "eye/upright.onnx", "studies/report.html.jinja", "py.typed",
        f"{PAGE}/index.html", f"{PAGE}/third_party.txt", f"{PAGE}/clip.webm",
    )}  # fmt: skip
    if package and (ROOT / ".git").exists():
        needed |= set(run("git", "ls-files", cwd=ROOT).split("\n")) - {""}
    if lacking := sorted(needed - names):
        fail(f"{file.name}: lacks {len(lacking)} files, such as {lacking[0]}; see MANIFEST.in and package-data")


def check_installed(files: list[Path], scratch: Path) -> Path:
    """Installs each file in an empty environment of each Python that is here; of the others, looks for all wheels.

    Gives the Python of the first environment.
    """
    video = scratch / "eye.mp4"
    run(sys.executable, str(ROOT / "tests" / "sample_video.py"), str(video))
    first: Path | None = None
    for name in PYTHONS:
        if (interpreter := find_python(name)) is None:
            target = ["--python-version", name, "--only-binary=:all:", "--target", str(scratch / "target")]
            pip(Path(sys.executable), "install", "--dry-run", *target, str(files[0]))
            say(f"Python {name} is not here; there are wheels for it of everything that is needed")
            continue
        for file in files if first is None else files[:1]:
            home = scratch / f"venv-{name}-{file.suffix[1:]}"
            run(interpreter, "-m", "venv", str(home))
            python = home / "bin" / "python"
            pip(python, "install", str(file))
            told = run(str(home / "bin" / "eyeprentice"), "predict", video.name, "--eye", "full", cwd=scratch)
            run(str(python), "-c", "from eyeprentice.app.serving.page import Page; Page()", cwd=scratch)
            say(f"Python {name}, {file.name}: {told.strip().splitlines()[-1]}")
            first = first or python
    return first or fail(f"none of {', '.join(f'python{name}' for name in PYTHONS)} is here; install one")


def find_python(name: str) -> str | None:
    """The program of a version of Python; what pyenv puts in its place, where it is not chosen, only complains."""
    interpreter = shutil.which(f"python{name}")
    works = interpreter and subprocess.run([interpreter, "-c", ""], capture_output=True).returncode == 0
    return interpreter if works else None


def pip(python: Path, *words: str) -> None:
    run(str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *words, "-c", str(CONSTRAINTS))


def epoch() -> int:
    """Seconds since 1970 of the commit that is checked out; of an sdist, what SOURCE_DATE_EPOCH says, or 1980."""
    if not (ROOT / ".git").exists():
        return int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))
    return int(run("git", "log", "-1", "--format=%ct", cwd=ROOT))


def version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def run(*command: str, **options: object) -> str:
    """What a program prints; ends this one, with what it said, where it fails."""
    environment = options.pop("env", None) or {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, **options)  # type: ignore[call-overload]
    if done.returncode:
        print("\n".join((done.stdout + done.stderr).strip().splitlines()[-15:]), file=sys.stderr)
        fail(f"{' '.join(command)[:200]}: ended with {done.returncode}; see above")
    return str(done.stdout)


def say(line: str) -> None:
    print(line, flush=True)


def fail(line: str) -> NoReturn:
    print(f"error: {line}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
