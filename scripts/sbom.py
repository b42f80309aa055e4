"""The list of parts of a bundle (CycloneDX 1.5), from its lock and what its wheels say."""

import email
import email.message
import hashlib
import json
import re
import zipfile
from pathlib import Path

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def written(folder: Path, release: str) -> str:
    """Return the document for a bundle's folder with ``source`` and ``wheels``."""
    lock = (folder / "source/requirements/base.txt").read_text(encoding="utf-8")
    wheels = sorted((folder / "wheels").glob("*.whl"))
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "studyapp",
                "name": "studyapp",
                "version": release,
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": [
            component(name, version, [path for path in wheels if is_of(path, name, version)])
            for name, version in pins(lock)
        ],
    }
    # What is locked for other systems only (tzdata) is in no bundle.
    document["components"] = [one for one in document["components"] if one]  # type: ignore[attr-defined]
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def pins(lock: str) -> list[tuple[str, str]]:
    """Return name and version of every package that a lock pins."""
    return [(found[1].lower(), found[2]) for found in _PIN.finditer(lock)]


def is_of(wheel: Path, name: str, version: str) -> bool:
    """Tell whether a file is a wheel of this package."""
    return wheel.name.lower().startswith(f"{name.replace('-', '_').replace('.', '_')}-{version}-")


def component(name: str, version: str, wheels: list[Path]) -> dict[str, object]:
    """Return what the list says of a package; nothing when no wheel of it is there."""
    if not wheels:
        return {}
    told = metadata(wheels[0])
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
        "description": told.get("Summary", ""),
        "licenses": [{"license": {"name": licence(told)}}],
        "properties": [{"name": f"wheel:{path.name}", "value": sha256(path)} for path in wheels],
    }


def metadata(wheel: Path) -> email.message.Message:
    """Return the METADATA of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [
            name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)
        ]
        return email.message_from_string(archive.read(name).decode())


def licence(told: email.message.Message) -> str:
    """Return the licence as the package itself names it: expression, classifier, words."""
    classifiers = [
        line.rsplit(" :: ", 1)[1]
        for line in told.get_all("Classifier", [])
        if line.startswith("License :: ") and line.count(" :: ") > 1
    ]
    words = str(told.get("License", "")).strip().splitlines()
    return str(
        told.get("License-Expression") or ", ".join(classifiers) or (words or ["not named"])[0]
    )


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
