"""Fills `citizen.contract.VoiceRecogniser`: a process for each message, one at a time, gone afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from citizen.contract import VoiceUnrecognised
from core.environment import without_secrets
from core.errors import SonghuaError
from core.metrics import counter
from gateway.settings import Settings
from gateway.voice_messages.order import VoiceOrder, VoiceWords

PROGRAM: Final = ("-m", "gateway.voice_messages.child")
DEADLINE_S: Final = 75.0
MOST_ANSWER: Final = 256 * 1024
_ROOT: Final = Path(__file__).resolve().parents[2]
_heard = counter("voice_messages", "Voice messages of citizens by what became of them", ["fate"])


class VoiceMessages:
    """`recognise` is what the channel calls."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._one = asyncio.Semaphore(1)

    async def recognise(self, sound: bytes) -> str:
        """As `citizen.contract.VoiceRecogniser`: for any bytes words, or `VoiceUnrecognised`."""
        try:
            async with self._one, asyncio.timeout(DEADLINE_S):
                words = await self._in_a_process(sound)
        except (TimeoutError, OSError, SonghuaError) as error:
            _heard.labels("failed").inc()
            raise VoiceUnrecognised(type(error).__name__, remedy="see docs/speech.md") from error
        _heard.labels("heard" if words.strip() else "empty").inc()
        return words

    async def _in_a_process(self, sound: bytes) -> str:
        with tempfile.TemporaryDirectory(prefix="songhua-voice-") as folder:
            file = Path(folder) / "message.amr"
            await asyncio.to_thread(file.write_bytes, sound)
            order = VoiceOrder(file=file, speech=self._settings.speech, cases=self._settings.cases)
            child = await _spawn()
            try:
                said, _ = await child.communicate(order.model_dump_json().encode() + b"\n")
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                await child.wait()
        if child.returncode != 0 or len(said) > MOST_ANSWER:
            raise VoiceUnrecognised(f"the process ended with {child.returncode}")
        try:
            return VoiceWords.model_validate_json(said).text
        except ValidationError:
            raise VoiceUnrecognised("the process said nothing") from None


async def _spawn() -> asyncio.subprocess.Process:
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *PROGRAM,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a library's complaint may quote what a citizen said
        env=without_secrets(PYTHONPATH=path),
        start_new_session=True,
    )
