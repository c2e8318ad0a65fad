"""What a trained classifier knows, as one file of plain arrays with a note of where it comes from."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from cases.errors import BrokenTable
from core.models import Strict

_BROKEN = (
    OSError, EOFError, ValueError, TypeError, AttributeError, KeyError, BadZipFile, zlib.error,
    ValidationError,
)  # fmt: skip
"""What reading an archive of arrays raises for bytes that are none."""
Arrays = Mapping[str, NDArray[Any]]
FORM = 1
"""Raised when files of an earlier form cannot be read any more."""


class WeightsOrigin(Strict):
    """Where weights come from: `trained_on` maps each source to the SHA-256 of its content or its count."""

    form: int
    kind: str
    version: str
    scheme: str = ""
    scheme_version: str = ""
    trained_on: Mapping[str, str]
    how: str


@dataclass(frozen=True, slots=True)
class Weights:
    origin: WeightsOrigin
    arrays: Arrays

    def write(self, path: Path) -> str:
        """Write the file and give its SHA-256. The same weights make the same bytes."""
        content = self.packed()
        path.write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def packed(self) -> bytes:
        """The weights as a compressed NumPy archive with their origin in it."""
        note = np.frombuffer(json.dumps(self.origin.model_dump(), sort_keys=True).encode(), dtype=np.uint8)
        out = io.BytesIO()
        np.savez_compressed(
            out, allow_pickle=False, origin=note, **{k: self.arrays[k] for k in sorted(self.arrays)}
        )
        return out.getvalue()

    @classmethod
    def read(cls, path: Path, *, kind: str) -> Weights:
        """Raises `BrokenTable` for what is no such file."""
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            origin = WeightsOrigin.model_validate_json(arrays.pop("origin").tobytes())
        except _BROKEN as error:
            raise BrokenTable(f"{path.name} cannot be read: {error}") from error
        if (origin.form, origin.kind) != (FORM, kind):
            raise BrokenTable(
                f"{path.name} is {origin.kind} in form {origin.form}, not {kind} in form {FORM}"
            )
        return cls(origin, arrays)


def lines(words: list[str]) -> NDArray[np.uint8]:
    """Words as one array of bytes, one a line."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def unlined(array: NDArray[Any]) -> list[str]:
    """The lines that were stored as one array of bytes."""
    return array.tobytes().decode().split("\n")


def shrunk(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A table of numbers in eight bits, and for each row what to multiply it by."""
    most = np.abs(table).max(axis=1)
    scales = np.where(most > 0, most / 127, 1).astype(np.float32)
    return np.rint(table / scales[:, None]).astype(np.int8), scales
