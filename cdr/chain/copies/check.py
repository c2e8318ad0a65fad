"""Checks a timestamp authority's tokens in the file on this machine."""

from __future__ import annotations

import asyncio
import contextlib

from cdr.chain.copies.settings import HeadsCopies
from cdr.chain.verify import ChainReport


async def check_timestamps(settings: HeadsCopies, report: ChainReport) -> None:
    """Check each time stamp against its head and the authority's certificate. Raises `KeyTrouble` without a
    certificate that can be read; with none in the settings nothing is checked.
    """
    if settings.timestamps_ca is not None:
        await asyncio.to_thread(_check, settings, report)


def _check(settings: HeadsCopies, report: ChainReport) -> None:
    from cdr.chain.copies.timestamps import Authority, stamped  # noqa: PLC0415  # needed here alone

    assert settings.timestamps_ca is not None
    authority = Authority(settings.timestamps_ca)
    with contextlib.suppress(OSError):  # as a copy of heads it is named as missing
        for head, token in stamped(settings.timestamps_file):
            if authority.stamped(head, token):
                report.timestamps += 1
            else:
                report.add("timestamp-forged", f"head {head.seq}", f"{settings.timestamps_file}: not stamped")
