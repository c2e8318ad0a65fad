"""Fills the templates of `asterisk-conf/`; the settings' types have checked every value before (`words`)."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.asterisk.outside import DESTINATIONS
from gateway.asterisk.settings import AsteriskSettings
from gateway.asterisk.tones import (
    write_answer,
    write_beep,
    write_denied,
    write_granted,
    write_hold,
    write_listen,
    write_message,
    write_over,
    write_patched,
    write_queued,
    write_taken,
    write_test_agent,
    write_test_citizen,
    write_tick,
    write_unpatched,
)

TEMPLATES = Path(__file__).resolve().parents[2] / "asterisk-conf"
LONGEST_DIALLED = 24
"""Digits of a number that is dialled here; a longer one is no number (E.164: 15, and a carrier's prefix)."""
TICKET_DIGITS = 40
"""Of a unit's page at the door of a talkgroup (`radio_bridge.switch.joining`)."""
LONGEST_WAIT = 10
SHARED = 0o2770
"""Of recordings and lines of calls: what Asterisk writes there, the service's user deletes by their group."""
ANSWER_PAUSE_MS = 1500
"""Who says a code pauses between its parts; silence for longer means that he has said it."""
KNOWN = {
    "longest_wait": LONGEST_WAIT, "longest_dialled": LONGEST_DIALLED, "ticket_digits": TICKET_DIGITS,
    "destinations": DESTINATIONS, "answer_pause": ANSWER_PAUSE_MS,
}  # fmt: skip
TONES = (
    ("hold/hold.wav", write_hold), ("tick.wav", write_tick), ("taken.wav", write_taken),
    ("beep.wav", write_beep),
    ("floor-granted.wav", write_granted), ("floor-queued.wav", write_queued),
    ("floor-denied.wav", write_denied), ("floor-over.wav", write_over),
    ("floor-patched.wav", write_patched), ("floor-unpatched.wav", write_unpatched),
    ("listen.wav", write_listen), ("answer.wav", write_answer),
    ("test-citizen.wav", write_test_citizen), ("test-agent.wav", write_test_agent),
    *((f"message-{seconds}.wav", write_message) for seconds in (30, 60, 120)),
)  # fmt: skip


def render(settings: AsteriskSettings, out: Path) -> list[Path]:
    """Write every configuration file and the tones into `out`; returns the files in order.

    The files name `settings.directories.etc` as their place: copy `out` there when it is another folder.
    Files with secrets are readable by their owner only.
    """
    out.mkdir(parents=True, exist_ok=True)
    environment = _environment()
    written = []
    for template in sorted(environment.list_templates(extensions=["j2"])):
        text = environment.get_template(template).render(s=settings, **KNOWN)
        file = out / template.removesuffix(".j2")
        file.parent.mkdir(exist_ok=True)
        _write(file, text)
        written.append(file)
    for name, write in TONES:
        file = out / settings.directories.tones.name / name
        write(file)
        written.append(file)
    return written


def _write(file: Path, text: str) -> None:
    """For its owner and group only, also where it was there with another mode: secrets stand in it."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & ~0o037)
        stream.write(text)


def modules(settings: AsteriskSettings) -> list[str]:
    """The modules that modules.conf loads."""
    text = _environment().get_template("modules.conf.j2").render(s=settings, **KNOWN)
    return re.findall(r"^load = (\S+)$", text, re.MULTILINE)


def prepare_directories(settings: AsteriskSettings) -> None:
    """Create the folders that Asterisk expects and does not make; without its own, cel_custom loses lines."""
    folders = settings.directories
    for folder in (folders.recordings, folders.cel.parent):
        _make(folder, SHARED)
    wanted = [folders.varlib / "keys", folders.varlib / "cache", folders.spool, folders.run]
    for folder in wanted:
        _make(folder, 0o750)


def _make(folder: Path, mode: int) -> None:
    """One that is there keeps its mode: it may be the system's."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(mode)


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - these are no pages; the types in `words` allow nothing to escape
    )
