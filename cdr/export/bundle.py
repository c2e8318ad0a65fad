"""Writes the bundle: a ZIP with a signed list of files, which openssl alone can verify."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from cryptography.hazmat.primitives import serialization

from cdr.chain import heads as signed
from cdr.chain import keys
from cdr.chain.heads import Head
from cdr.chain.seal import canonical
from cdr.errors import ExportFailed, KeyTrouble
from cdr.export.gather import Gathered, entry_shown, gather
from cdr.export.verify_text import VERIFY
from cdr.recordings import audio, sound
from cdr.recordings.store import RecordingState
from core.errors import SonghuaError
from core.storage import Storage

_CHECKER = Path(__file__).with_name("verify.py.txt")
_ABSENT = "sounds that are not in the bundle"


@dataclass(frozen=True, slots=True)
class ExportPaths:
    """Where the export reads: the chain's key and heads, the recordings and their key."""

    key_file: Path
    heads_file: Path
    recordings: Path | None
    recordings_key_file: Path


@dataclass(frozen=True, slots=True)
class Exported:
    """`absent` names recordings that have no sound any more, with their state."""

    call_id: str
    file: Path
    files: int
    sounds: int
    absent: tuple[str, ...]
    fingerprint: str


async def export(
    storage: Storage, wanted: str, out: Path | None, places: ExportPaths, *, reveal: bool = False
) -> Exported:
    """Write the bundle of a call; the file appears when it is whole, readable by its owner only.

    Raises `UnknownCall`, `NotSignedYet`, `KeyTrouble`, `VaultTrouble`, `DamagedRecording`, `ExportFailed`,
    `StorageAway`.
    """
    try:
        heads, _ = await asyncio.to_thread(signed.read_heads, places.heads_file)
    except OSError as error:
        raise KeyTrouble(
            f"cannot read the signed heads ({type(error).__name__})", remedy=f"restore {places.heads_file}"
        ) from error
    found = await gather(storage, wanted, heads, reveal=reveal)
    target = out or Path(f"call-{found.call_id}.zip")
    now = storage.clock.now()
    return await asyncio.to_thread(_write, found, target, places, reveal, now)


class _Zip:
    """A ZIP that remembers the SHA-256 of what went in."""

    def __init__(self, archive: zipfile.ZipFile, now: datetime) -> None:
        self._archive = archive
        self._at = (now.year, now.month, now.day, now.hour, now.minute, now.second)
        self.digests: dict[str, str] = {}

    def add(self, name: str, blocks: Iterable[bytes]) -> str:
        info = zipfile.ZipInfo(name, self._at)
        info.external_attr = 0o600 << 16
        info.compress_type = zipfile.ZIP_STORED if name.endswith(audio.FORMS) else zipfile.ZIP_DEFLATED
        digest = hashlib.sha256()
        with self._archive.open(info, "w", force_zip64=True) as stream:
            for block in blocks:
                digest.update(block)
                stream.write(block)
        self.digests[name] = digest.hexdigest()
        return self.digests[name]

    def manifest(self) -> bytes:
        return "".join(f"{self.digests[name]}  {name}\n" for name in sorted(self.digests)).encode()


def _write(found: Gathered, target: Path, places: ExportPaths, reveal: bool, now: datetime) -> Exported:
    key = keys.load_private(places.key_file)
    public = key.public_key()
    part = target.with_name(target.name + ".part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as raw, zipfile.ZipFile(raw, "w") as archive:
            made = _Zip(archive, now)
            absent, sounds = _add_sounds(made, found, places)
            made.add(
                "record.json", [canonical({**found.record, "exported_at": now.isoformat(), _ABSENT: absent})]
            )
            made.add("records.json", [canonical(found.records)])
            made.add("chain.json", [canonical([entry_shown(entry) for entry in found.entries])])
            for head in found.heads:
                made.add(f"heads/{head.seq}.msg", [head.message()])
                made.add(f"heads/{head.seq}.sig", [base64.b64decode(head.signature)])
            pem = public.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            made.add("public.pem", [pem])
            made.add("VERIFY.txt", [_words(found.heads, reveal=reveal).encode()])
            made.add("verify.py", [_CHECKER.read_bytes()])
            manifest = made.manifest()
            made.add("MANIFEST.sha256", [manifest])
            made.add("MANIFEST.sig", [key.sign(manifest)])
            raw.flush()
        part.replace(target)
    except (OSError, SonghuaError) as error:
        part.unlink(missing_ok=True)
        if isinstance(error, SonghuaError):
            raise
        raise ExportFailed(
            f"{target}: {error.strerror or type(error).__name__}", remedy="give another place with --out"
        ) from error
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Exported(
        str(found.call_id),
        target,
        len(made.digests),
        sounds,
        tuple(absent),
        hashlib.sha256(der).hexdigest(),
    )


def _add_sounds(made: _Zip, found: Gathered, places: ExportPaths) -> tuple[list[str], int]:
    """The recordings as they were recorded, each proved against its hash, and beside it the WAV file that any
    player plays; and those of which there is no sound.
    """
    absent: list[str] = []
    sounds = 0
    for row in found.sounds:
        if (
            row.state not in {RecordingState.COMPLETE.value, RecordingState.ORPHAN.value}
            or places.recordings is None
        ):
            absent.append(f"{row.path}: {row.state}")
            continue
        held = sound.find(places.recordings, row, places.recordings_key_file)
        name = f"recordings/{row.path.replace('/', '_')}"
        if made.add(name, held.read()) != row.sha256:
            raise ExportFailed(
                f"{row.path} is not what was recorded", remedy="run: songhua audit verify", path=row.path
            )
        if held.head:
            made.add(str(PurePosixPath(name).with_suffix(".wav")), held.play())
        sounds += 1
    return absent, sounds


def _words(heads: Iterable[Head], *, reveal: bool) -> str:
    return VERIFY.format(
        heads="\n".join(
            f"   openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in heads/{head.seq}.msg "
            f"-sigfile heads/{head.seq}.sig"
            for head in heads
        ),
        masked_zh="未作遮盖" if reveal else "已遮盖;被隐去的字段在 records.json 中标为 withheld",
        masked_en="as dialled" if reveal else "masked; fields that are withheld say so in records.json",
    )
