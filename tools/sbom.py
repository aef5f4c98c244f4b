"""The list of everything that a release consists of and needs, as CycloneDX 1.6: `eyeprentice-VERSION.cdx.json`.

Bundled is what the page's third_party.txt names, with the hashes of package-lock.json; needed is what pip installed
beside the wheel in an empty environment. The file follows from these alone.
"""

import base64
import json
import re
import subprocess
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NEEDED = """
import json
from importlib import metadata

def licence(told):
    named = [word.rpartition(" :: ")[2] for word in told.get_all("Classifier", []) if word.startswith("License ::")]
    lines = (told.get("License") or "").strip().splitlines()
    return told.get("License-Expression"), ", ".join(named) or (lines[0] if lines else "")

print(json.dumps(sorted(
    [d.name, d.version, *licence(d.metadata)]
    for d in metadata.distributions() if d.name not in ("pip", "setuptools")
)))
"""
"""What is installed: name, version, and its licence as an expression or, of older packages, by name."""
PURL = "pkg:pypi/{}@{}"


def write_sbom(file: Path, third_party: str, lock: Path, python: Path, epoch: int) -> Path:
    """Writes it, and gives it back; `python` is of the environment that has the wheel and what it needs."""
    done = subprocess.run([python, "-I", "-c", NEEDED], capture_output=True, text=True, check=True)
    installed = {normal(told[0]): told for told in json.loads(done.stdout)}
    version = installed.pop("eyeprentice")[1]
    locked = json.loads(lock.read_text("utf-8"))["packages"]
    bundled = [of_npm(name, locked[f"node_modules/{name}"]) for name in names_in(third_party)]
    needed = [of_pypi(*told) for _, told in sorted(installed.items())]
    whole = of_pypi("eyeprentice", version, "MIT") | {"type": "application"}
    content = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([version, epoch, bundled, needed]))}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(),
            "component": whole | {"components": bundled},
        },
        "components": needed,
        "dependencies": [{"ref": whole["bom-ref"], "dependsOn": [part["bom-ref"] for part in needed]}],
    }
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return file


def names_in(third_party: str) -> list[str]:
    """The packages of npm that are in the page."""
    return re.findall(r"^== (\S+) ", third_party, re.MULTILINE)


def of_npm(name: str, locked: dict[str, Any]) -> dict[str, Any]:
    purl = f"pkg:npm/{name.replace('@', '%40')}@{locked['version']}"
    archive = f"{name.rpartition('/')[2]}-{locked['version']}.tgz"
    algorithm, _, digest = locked["integrity"].partition("-")
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": locked["version"],
        "hashes": [{"alg": f"SHA-{algorithm[3:]}", "content": base64.b64decode(digest).hex()}],
        "licenses": [{"license": {"id": locked["license"]}}],
        "purl": purl,
        "externalReferences": [{"type": "distribution", "url": f"https://registry.npmjs.org/{name}/-/{archive}"}],
    }


def of_pypi(name: str, version: str, expression: str | None, called: str = "") -> dict[str, Any]:
    """A package of Python."""
    purl = PURL.format(normal(name), version)
    told: dict[str, Any] = {}
    if expression or called:
        told["licenses"] = [{"expression": expression} if expression else {"license": {"name": called}}]
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, **told, "purl": purl}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
