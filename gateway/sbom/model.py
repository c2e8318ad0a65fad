"""A component of the bill, and its CycloneDX 1.6 form. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import quote
from uuid import UUID

Kind = Literal["application", "library", "machine-learning-model"]
FORM: Final = "1.6"
"""The version of CycloneDX."""
_SPDX_IDS: Final = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MPL-2.0", "Unlicense"}
)
"""Those that stand alone most often; others go by their name."""
_SPDX_LIKE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-+() ")


@dataclass(frozen=True, slots=True)
class SbomComponent:
    """`hashes` by CycloneDX's name of the algorithm, in hexadecimal digits. `needed`: the service runs with
    it; otherwise only tests or the set-up do. `licence`: an SPDX expression, or the publisher's own words.
    """

    kind: Kind
    name: str
    version: str
    purl: str = ""
    licence: str = ""
    source: str = ""
    needed: bool = True
    hashes: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[SbomComponent] = ()


def purl(kind: str, name: str, version: str, *, space: str = "", **more: str) -> str:
    """A package URL: `pkg:pypi/fastapi@0.165.0`."""
    path = "/".join(quote(part, safe="") for part in (*((space,) if space else ()), name))
    asked = "&".join(f"{key}={quote(value, safe='')}" for key, value in sorted(more.items()) if value)
    return f"pkg:{kind}/{path}@{quote(version, safe='')}{'?' if asked else ''}{asked}"


def document(
    product: SbomComponent,
    components: Sequence[SbomComponent],
    *,
    serial: UUID,
    at: datetime,
    absent: Sequence[str] = (),
) -> dict[str, Any]:
    """The whole bill. `absent` names what could not be looked through, so that a gap is no silence."""
    ordered = sorted(components, key=lambda one: (one.kind, one.purl, one.name, one.version))
    root = _written(product, "songhua")
    refs = [f"{number}-{one.name}" for number, one in enumerate(ordered)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": FORM,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "tools": {"components": [{"type": "application", "name": "songhua sbom"}]},
            "component": root,
            "properties": [{"name": "songhua:absent", "value": one} for one in absent],
        },
        "components": [_written(one, ref) for one, ref in zip(ordered, refs, strict=True)],
        "dependencies": [{"ref": "songhua", "dependsOn": refs}],
    }


def _written(one: SbomComponent, ref: str) -> dict[str, Any]:
    written: dict[str, Any] = {"type": one.kind, "bom-ref": ref, "name": one.name, "version": one.version}
    if one.purl:
        written["purl"] = one.purl
    if not one.needed:
        written["scope"] = "excluded"
    if one.licence:
        written["licenses"] = [_licence(one.licence)]
    if one.hashes:
        written["hashes"] = [{"alg": name, "content": value} for name, value in one.hashes.items()]
    if one.source:
        written["externalReferences"] = [{"type": "distribution", "url": one.source}]
    if one.properties:
        written["properties"] = [{"name": key, "value": value} for key, value in one.properties.items()]
    if one.parts:
        written["components"] = [_written(part, f"{ref}-{part.name}") for part in one.parts]
    return written


def _licence(text: str) -> dict[str, Any]:
    """An expression where it can be one; else the words, since not every publisher writes SPDX."""
    short = text.strip()
    words = short.replace("(", " ").replace(")", " ").split()
    joined = any(word in {"AND", "OR", "WITH"} for word in words)
    if short and set(short) <= _SPDX_LIKE and joined:
        return {"expression": short}
    return {"license": {"id": short} if short in _SPDX_IDS else {"name": short[:200]}}
