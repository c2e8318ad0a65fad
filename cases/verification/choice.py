"""Which inspector a task goes to: who is on shift and has the beat of the place, else the nearest. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cases.verification.ports import Inspector


def choose(
    inspectors: Sequence[Inspector], beat_units: Collection[str], *, without: Collection[str] = ()
) -> Inspector | None:
    """The first of `inspectors` (the nearest first) who is on shift and has the beat; else who is on shift.
    `without` are those who have declined it or let its time pass.
    """
    there = [one for one in inspectors if one.on_shift and one.unit_id not in without]
    own = [one for one in there if one.unit_id in beat_units]
    return next(iter([*own, *there]), None)
