"""Python packages of this environment, and those of the console's lock file."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final

from gateway.sbom.model import SbomComponent, purl

_CLASSIFIED: Final = re.compile(r"^License :: (?:OSI Approved :: )?(.+)$")
_PINNED: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_OWN: Final = "songhua"


def normal(name: str) -> str:
    """A name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> frozenset[str]:
    """The names that a lock file pins."""
    return frozenset(normal(name) for name in _PINNED.findall(lock))


def python_packages(
    needed: frozenset[str], found: Iterable[Distribution] | None = None
) -> list[SbomComponent]:
    """The installed distributions; those outside `needed` are for tests only."""
    seen: dict[str, SbomComponent] = {}
    for one in distributions() if found is None else found:
        name = normal(one.metadata["Name"] or "")
        if not name or name == _OWN or name in seen:
            continue
        seen[name] = SbomComponent(
            kind="library",
            name=name,
            version=one.version,
            purl=purl("pypi", name, one.version),
            licence=_licence(one),
            needed=name in needed,
        )
    return list(seen.values())


def console_packages(lock: str) -> list[SbomComponent]:
    """The packages of a package-lock.json (version 2 or 3). Raises `ValueError` when it is none."""
    read = json.loads(lock)
    if not isinstance(read, dict) or not isinstance(read.get("packages"), dict):
        raise ValueError("no package-lock.json of version 2 or 3")  # noqa: TRY004 - of a file
    return [
        _console(path, one)
        for path, one in read["packages"].items()
        if path and isinstance(one, dict) and one.get("version") and not one.get("link")
    ]


def lock_of(checkout: Path) -> frozenset[str]:
    """Names of `requirements/run.lock`; empty where the service was installed without its checkout."""
    try:
        return locked((checkout / "requirements" / "run.lock").read_text(encoding="utf-8"))
    except OSError:
        return frozenset()


def _console(path: str, one: Mapping[str, Any]) -> SbomComponent:
    full = path.rpartition("node_modules/")[2]
    space, _, name = full.rpartition("/")
    version = str(one["version"])
    return SbomComponent(
        kind="library",
        name=full,
        version=version,
        purl=purl("npm", name, version, space=space),
        licence=str(one.get("license") or ""),
        needed=not (one.get("dev") or one.get("devOptional")),
        hashes=_hashes(str(one.get("integrity") or "")),
    )


def _hashes(integrity: str) -> dict[str, str]:
    """`sha512-…` in base64, as npm writes it."""
    kind, _, value = integrity.partition("-")
    if kind != "sha512":
        return {}
    try:
        return {"SHA-512": base64.b64decode(value, validate=True).hex()}
    except ValueError:
        return {}


def _licence(one: Distribution) -> str:
    meta = one.metadata
    if "License-Expression" in meta:
        return meta["License-Expression"]
    classified = [match[1] for text in meta.get_all("Classifier") or [] if (match := _CLASSIFIED.match(text))]
    if classified:
        return "; ".join(classified)
    told = meta["License"] if "License" in meta else ""  # noqa: SIM401 - PackageMetadata has no get
    first = told.strip().partition("\n")[0]
    return first if len(first) <= 100 else ""  # some put the whole text there
