"""Builds the destinations from the settings."""

from __future__ import annotations

from pathlib import Path

from cdr.chain.copies.destination import Destination
from cdr.chain.copies.file import SecondFile
from cdr.chain.copies.sender import HeadSender
from cdr.chain.copies.settings import HeadsCopies
from cdr.chain.copies.syslog import Syslog
from core.clock import Clock


def sender(heads_file: Path, settings: HeadsCopies, clock: Clock) -> HeadSender | None:
    """None where the settings name no destination."""
    found: list[Destination] = [SecondFile(path) for path in settings.files]
    if settings.syslog:
        found.append(Syslog(settings.syslog))
    if settings.timestamps:
        # Imported here: its library is needed where an authority is set, and nowhere else.
        from cdr.chain.copies.timestamps import Timestamps  # noqa: PLC0415

        every_s = settings.timestamp_every_s
        found.append(Timestamps(settings.timestamps, settings.timestamps_file, every_s=every_s))
    if not found:
        return None
    return HeadSender(heads_file, found, clock, retry_s=settings.retry_s, late_s=settings.late_s)
