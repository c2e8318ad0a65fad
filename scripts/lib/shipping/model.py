"""The package `songhua-whisper-base`: the speech model that the settings name first."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from scripts.lib.bringup.models import WHISPER_MODEL_SHA256, bring_whisper
from scripts.lib.bringup.places import MODELS, sha256
from scripts.lib.shipping import debs

NAME: Final = "songhua-whisper-base"
PLACE: Final = Path("usr/share/songhua/models/whisper-base")
LICENCE: Final = """Whisper base, by OpenAI: https://github.com/openai/whisper
Converted to the format of CTranslate2.

MIT License, Copyright (c) 2022 OpenAI

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without
limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of
the Software, and to permit persons to whom the Software is furnished to do so, subject to the following
conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO
EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN
AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE
OR OTHER DEALINGS IN THE SOFTWARE.
"""


def build(out: Path) -> Path:
    """`songhua-whisper-base_VERSION_all.deb`; its version is the model's SHA-256, the model never changes."""
    model = MODELS / "whisper-base"
    if not (model / "model.bin").is_file() or sha256(model / "model.bin") != WHISPER_MODEL_SHA256:
        bring_whisper()
    with tempfile.TemporaryDirectory(prefix="songhua-deb.") as scratch:
        stage = Path(scratch, "stage")
        shutil.copytree(model, stage / PLACE)
        notice = stage / "usr/share/doc" / NAME / "copyright"
        notice.parent.mkdir(parents=True)
        notice.write_text(LICENCE, encoding="utf-8")
        values = {"version": f"1+{WHISPER_MODEL_SHA256[:8]}", "architecture": "all"}
        return debs.write(NAME, stage, out, values)
