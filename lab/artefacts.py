"""What the product ships and a command made: `artefacts.toml` names the command and the SHA-256 of each file.

    python -m lab.artefacts [--write]

Without `--write` it prints each file that differs from the manifest; with it the sums are renewed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.paths import CHECKOUT

MANIFEST = Path(__file__).parent / "artefacts.toml"
ROOMS = (
    "core",
    "gateway",
    "hotline",
    "ivr",
    "speech",
    "cases",
    "cdr",
    "citizen",
    "field",
    "radio_bridge",
    "identity",
    "privacy",
)
BINARY = frozenset({".npz", ".wav", ".onnx", ".bin", ".gz"})
HEAD = """\
# Files that the product ships and that a command made. `command` makes them again, `needs` says what it needs
# beside this tree. `python -m lab.artefacts --write` renews the sums; a test compares them.
"""


@dataclass(frozen=True, slots=True)
class Artefact:
    """One group of files that one command makes; `sums` by path from the checkout's root."""

    command: str
    files: Sequence[str]
    needs: str
    sums: Mapping[str, str]

    def present(self, checkout: Path = CHECKOUT) -> dict[str, str]:
        """The sums of the files that are there."""
        found = sorted(path for pattern in self.files for path in checkout.glob(pattern))
        return {
            str(path.relative_to(checkout)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found
        }


def artefacts(manifest: Path = MANIFEST) -> tuple[Artefact, ...]:
    rows = tomllib.loads(manifest.read_text(encoding="utf-8"))["artefact"]
    return tuple(
        Artefact(row["command"], row["files"], row.get("needs", ""), row.get("sha256", {})) for row in rows
    )


def shipped(checkout: Path = CHECKOUT) -> set[str]:
    """Every binary file in a room's folder."""
    found = (path for room in ROOMS for path in (checkout / room).rglob("*") if path.suffix in BINARY)
    return {str(path.relative_to(checkout)) for path in found}


def faults(checkout: Path = CHECKOUT) -> list[str]:
    """One line for each file that is not as the manifest says; none where all are."""
    known = {path: sum_ for one in artefacts() for path, sum_ in one.sums.items()}
    present = {path: sum_ for one in artefacts() for path, sum_ in one.present(checkout).items()}
    return [
        *(f"{path}: no command is named for it" for path in sorted(shipped(checkout) - present.keys())),
        *(f"{path}: missing" for path in sorted(known.keys() - present.keys())),
        *(f"{path}: not in the manifest" for path in sorted(present.keys() - known.keys())),
        *(
            f"{path}: another SHA-256"
            for path in sorted(known)
            if present.get(path, known[path]) != known[path]
        ),
    ]


def written(rows: Sequence[Artefact], checkout: Path = CHECKOUT) -> str:
    """The manifest with the sums of the files that are there."""
    out = [HEAD]
    for one in rows:
        lines = [
            "[[artefact]]",
            f"command = {json.dumps(one.command)}",
            f"files = {json.dumps([*one.files])}",
        ]
        lines += [f"needs = {json.dumps(one.needs)}"] if one.needs else []
        lines += ["[artefact.sha256]"]
        lines += [f"{json.dumps(path)} = {json.dumps(sum_)}" for path, sum_ in one.present(checkout).items()]
        out.append("\n".join(lines) + "\n")
    return "\n".join(out)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        MANIFEST.write_text(written(artefacts()), encoding="utf-8")
    found = faults()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
