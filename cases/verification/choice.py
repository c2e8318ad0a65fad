"""Which inspector a task goes to: who is on shift and has the beat of the place, else the nearest.
Who is online goes before who is not; a unit without a terminal is not asked. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cases.verification.model import outside_unit
from cases.verification.ports import Inspector, OutsideInspectors


def choose(
    inspectors: Sequence[Inspector], beat_units: Collection[str], *, without: Collection[str] = ()
) -> Inspector | None:
    """Of who is on shift (`inspectors`, the nearest first): who is online before who is not, then who has the
    beat, then the nearest. `without` are those who have declined it or let its time pass.
    """
    there = [one for one in inspectors if one.on_shift and one.terminal and one.unit_id not in without]
    # Among equals the first: the nearest.
    return min(there, key=lambda one: (not one.online, one.unit_id not in beat_units), default=None)


def as_inspector(one: OutsideInspectors) -> Inspector:
    """They are asked like a unit; who of them goes is their department's to say."""
    return Inspector(outside_unit(one.department_id), one.name, on_shift=True, online=True)


def choose_outside(
    known: Sequence[OutsideInspectors], beat: str, *, without: Collection[str] = ()
) -> Inspector | None:
    """The first whose beat it is; with an empty `beat`, the first that have no beats of their own."""
    wanted = (one for one in known if (beat in one.beats if beat else not one.beats))
    return next((found for one in wanted if (found := as_inspector(one)).unit_id not in without), None)
