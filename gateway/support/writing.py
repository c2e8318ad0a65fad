"""Writes a bundle: a tar.gz that only its owner may read, and that has its name only when it is whole."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path


def write(file: Path, files: Mapping[str, str], at: float) -> int:
    """Its size in bytes. Raises `OSError`, also where something has this name already."""
    part = file.with_name(f"{file.name}.part")
    if file.exists():
        raise FileExistsError(17, "it is there already", str(file))
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz") as archive:
            folder = file.name.removesuffix(".tar.gz")
            for name, text in sorted(files.items()):
                content = text.encode()
                member = tarfile.TarInfo(f"{folder}/{name}")
                member.size, member.mtime, member.mode = len(content), int(at), 0o600
                archive.addfile(member, io.BytesIO(content))
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size
