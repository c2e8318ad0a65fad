"""What is wrong with classes of areas: beats and places without one, amounts that never count. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cases.area_class import AreaClass
from cases.beats.model import Beat
from cases.catalogue.model import Limit
from cases.responsibility.check import RuleProblem


def grades_areas(limits: Iterable[Limit]) -> bool:
    """Whether any row has amounts of its own for classes of areas."""
    return any(one.areas for one in limits)


def check_area_classes(
    limits: Sequence[Limit], beats: Sequence[Beat], default: AreaClass | None
) -> list[RuleProblem]:
    """By line of the table of beats; what no line is to blame for last. Without graded limits nothing is
    wrong: no class decides anything. `default` is the class of places whose beat has none.
    """
    if not grades_areas(limits):
        return []
    return [*_without(beats, default), *_never(limits, beats, default)]


def _without(beats: Sequence[Beat], default: AreaClass | None) -> Iterator[RuleProblem]:
    if default is not None:
        return
    remedy = "say its area_class (管理区域类别), or set cases.area_class"
    for beat in sorted(beats, key=lambda one: one.line):
        if not beat.area_class:
            yield RuleProblem(beat.line, f"{beat.beat_id}: its area has no class", remedy)
    yield RuleProblem(0, "places of no beat have no class of area", "set cases.area_class")


def _never(
    limits: Sequence[Limit], beats: Sequence[Beat], default: AreaClass | None
) -> Iterator[RuleProblem]:
    """Amounts for a class that no place has; one problem for a condition, whatever codes have it."""
    there = {default, *(one.area_class for one in beats)}
    told: set[tuple[str, AreaClass, str]] = set()
    for row in limits:
        for area, amount in row.areas.items():
            key = (row.condition_zh, area, amount.text)
            if area in there or key in told:
                continue
            told.add(key)
            yield RuleProblem(
                0, f"{row.code} {row.condition_zh}: {amount.text} never counts, no place is of class {area}",
                f"give a beat the area_class {area}, or delete it",
            )  # fmt: skip
