"""What a bug report needs to know of this computer: versions, processor, memory, devices, and what the package holds.

Nothing here tells who or where it is: no names of users or computers, no paths. No heavy library is imported: their
versions are those of the installed packages.
"""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

from eyeprentice import __version__
from eyeprentice.files.processes import processors

LIBRARIES = (
    "numpy", "opencv-python-headless", "onnxruntime", "starlette", "uvicorn", "websockets", "torch", "lightning-fabric",
    "torchmetrics",
)  # fmt: skip
"""Whose versions decide most."""
INSTRUCTIONS = {
    "AVX2": ("avx2",),
    "FMA": ("fma",),
    "AVX-512": ("avx512f", "avx512"),
    "VNNI": ("avx512_vnni", "avx_vnni", "avx512vnni"),
    "AMX": ("amx_int8",),
    "NEON": ("asimd", "neon", "advsimd"),
    "dot product": ("asimddp", "feat_dotprod"),
    "I8MM": ("i8mm", "feat_i8mm"),
}
"""Instruction sets that decide how fast models run -> what systems call them."""
MODELS = ("runtime/default.onnx", "eye/finder.onnx", "eye/upright.onnx")
PAGE = Path("app/serving/page")
SETTINGS = ("OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "PYTORCH_ENABLE_MPS_FALLBACK", "ORT_DISABLE_TELEMETRY")
"""Variables of the environment whose values say nothing about a person."""
PATIENCE_S = 3
"""For programs that tell about the system."""
GB = 1e9


def describe_environment() -> dict[str, dict[str, Any]]:
    """Everything, in sections; None is what cannot be told here. Sizes are in GB, of 1e9 bytes."""
    return {
        "versions": _versions(),
        "extras": {extra: missing or "complete" for extra, missing in missing_of_extras().items()},
        "system": {
            "system": _system(),
            "machine": platform.machine(),
            "C library": " ".join(platform.libc_ver()).strip() or None,
            "text": f"{sys.stdout.encoding if sys.stdout else None}, files {sys.getfilesystemencoding()}",
            "variables": {name: os.environ[name] for name in SETTINGS if name in os.environ},
        },
        "processor": _processor(),
        "GPU": _gpu(),
        "memory": _memory(),
        "free space": {
            "this folder": _free(Path.cwd()),
            "temporary folder": _free(Path(tempfile.gettempdir())),
        },
        "video": _loaded(_video),
        "network": _loaded(_network),
        "package": _package(),
    }


def missing_of_extras() -> dict[str, list[str]]:
    """Of each optional part of the package, by its name, the packages that are not installed."""
    try:
        needs = metadata.requires("eyeprentice") or []
    except metadata.PackageNotFoundError:
        return {}
    missing: dict[str, list[str]] = {}
    for need in needs:
        if (extra := re.search(r"""extra == ['"]([^'"]+)""", need)) is None:
            continue
        of_extra = missing.setdefault(extra[1], [])
        name = re.split(r"[^\w.-]", need, maxsplit=1)[0]
        if _version(name) is None and not (
            "sys_platform" in need and f'"{sys.platform}"' not in need.replace("'", '"')
        ):
            of_extra.append(name)
    return missing


def _versions() -> dict[str, str | None]:
    told = {"eyeprentice": __version__, "Python": f"{platform.python_implementation()} {platform.python_version()}"}
    return {**told, **{name: _version(name) for name in LIBRARIES}, "installed as": _installed()}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _installed() -> str:
    """How the package came here."""
    try:
        source = metadata.distribution("eyeprentice").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return "not installed, run from its source"
    if source is None:
        return "a package of an index"
    return "editable, from its source" if '"editable": true' in source else "a package of a file or folder"


def _processor() -> dict[str, Any]:
    name, features = _processor_told()
    found = [known for known, spellings in INSTRUCTIONS.items() if features & set(spellings)]
    return {
        "name": name,
        "instructions": found if features else None,
        "cores": os.cpu_count(),
        "cores for this program": processors(),
    }


def _processor_told() -> tuple[str | None, set[str]]:
    """Its name, and its features in small letters; none where the system does not tell them."""
    if sys.platform == "darwin":
        told = _answer("sysctl", "machdep.cpu", "hw.optional")
        pairs = dict(re.findall(r"^([\w.]+): (.*)$", told, re.MULTILINE))
        kept = {key.rpartition(".")[2].lower() for key, value in pairs.items() if value == "1"}
        listed = f"{pairs.get('machdep.cpu.features', '')} {pairs.get('machdep.cpu.leaf7_features', '')}"
        return pairs.get("machdep.cpu.brand_string"), kept | set(listed.lower().split())
    told = _text("/proc/cpuinfo")
    name = re.search(r"^(?:model name|Model)\s*:\s*(.+)$", told, re.MULTILINE)
    features = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", told, re.MULTILINE)
    return name[1] if name else platform.processor() or None, set(features[1].split()) if features else set()


def _gpu() -> dict[str, Any]:
    """As its driver tells it; what PyTorch was built for is in its version file, which is read without the rest."""
    told = _answer("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader")
    return {
        "NVIDIA": [line.strip() for line in told.splitlines()] or None,
        "PyTorch is built for CUDA": _cuda_of_torch(),
    }


def _cuda_of_torch() -> str | None:
    found = importlib.util.find_spec("torch")
    text = _text(str(Path(found.origin).with_name("version.py"))) if found and found.origin else ""
    version = re.search(r"^cuda(?:: [^=]+)?\s*=\s*'([\d.]+)'", text, re.MULTILINE)
    return version[1] if version else None


def _memory() -> dict[str, float | None]:
    """In a container, what it may use is less than what there is."""
    available = re.search(r"^MemAvailable:\s*(\d+) kB", _text("/proc/meminfo"), re.MULTILINE)
    limit = _text("/sys/fs/cgroup/memory.max").strip()
    names = getattr(os, "sysconf_names", {})
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if "SC_PHYS_PAGES" in names else None
    return {
        "GB": None if total is None else round(total / GB, 1),
        "GB available": round(int(available[1]) * 1024 / GB, 1) if available else None,
        "GB of this container": round(int(limit) / GB, 1) if limit.isdecimal() else None,
    }


def _free(folder: Path) -> str | None:
    try:
        return f"{shutil.disk_usage(folder).free / GB:.1f} GB"
    except OSError:
        return None


def _system() -> str:
    """Without what people add to the names of kernels of their own."""
    version = re.match(r"[\d.]+", platform.release())
    kind = " (WSL)" if "microsoft" in platform.release().lower() else ""
    return f"{platform.system()} {version[0].rstrip('.') if version else ''}{kind}"


def _loaded(section: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A section that has to load a library, or why that cannot be loaded: without any path."""
    try:
        return section()
    except ImportError as error:
        reason = re.sub(r"\S*[/\\]", "", " ".join(str(error).split()))
        return {"cannot be loaded": reason}


def _network() -> dict[str, Any]:
    """Where ONNX Runtime can compute."""
    from eyeprentice.files.onnx_session import onnxruntime

    return {"providers": [name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers()]}


def _video() -> dict[str, Any]:
    """Which of OpenCV's ways to read videos and cameras there are; none is opened."""
    import cv2

    registry = cv2.videoio_registry
    libraries = re.findall(r"^ +(avcodec|avformat): +YES \(([\d.]+)\)", cv2.getBuildInformation(), re.MULTILINE)
    return {
        "OpenCV": cv2.__version__,
        "files": [registry.getBackendName(backend) for backend in registry.getStreamBackends()],
        "cameras": [registry.getBackendName(backend) for backend in registry.getCameraBackends()],
        "camera devices": len(list(Path("/dev").glob("video*"))) if sys.platform == "linux" else None,
        "FFmpeg in OpenCV": ", ".join(f"{name} {version}" for name, version in libraries) or None,
    }


def _package() -> dict[str, Any]:
    """Whether the package is whole, and which models it has."""
    root = Path(__file__).parents[1]
    models = {name: root / name for name in MODELS}
    page = root / PAGE
    return {
        **{
            name: f"sha256 {sha256(path.read_bytes()).hexdigest()[:16]}" if path.is_file() else None
            for name, path in models.items()
        },
        "page of live": "built" if (page / "index.html").is_file() else None,
    }


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", errors="replace")
    except OSError:
        return ""


def _answer(*command: str) -> str:
    """What a program of the system prints; nothing where there is no such program, or it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=PATIENCE_S)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""
