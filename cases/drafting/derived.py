"""What follows from what was said: the department of a class, the coordinates of a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cases.catalogue.departments import Departments
from cases.drafting.model import Detail, FieldValue
from cases.drafting.resolve import Proposal
from cases.gazetteer.lookup import Gazetteer

DATUM = "WGS-84"


def department(category: FieldValue, departments: Departments) -> list[Proposal]:
    """The department of the class that stands in the draft, the agent's too; as sure as that class is."""
    found = None if category.value is None else departments.of(category.value)
    if found is None or category.value is None:
        return []
    detail: dict[str, Detail] = {
        "name_en": found.name_en, "source": found.source, "category": category.value,
    }  # fmt: skip
    return [
        Proposal(found.name_zh, category.confidence, category.evidence, detail=detail, judged=category.shown)
    ]


def with_position(addresses: Sequence[Proposal], gazetteer: Gazetteer) -> list[Proposal]:
    """Addresses with the position of their place, where the gazetteer has one: degrees, accuracy, datum."""
    return [_located(proposal, gazetteer) for proposal in addresses]


def _located(proposal: Proposal, gazetteer: Gazetteer) -> Proposal:
    found = gazetteer.position_of(proposal.value)
    if found is None:
        return proposal
    position = found.position
    where: dict[str, Detail] = {
        "lon": position.lon, "lat": position.lat, "accuracy_m": position.accuracy_m, "datum": DATUM,
    }  # fmt: skip
    if found.invented:
        where["invented"] = 1
    return replace(proposal, detail={**proposal.detail, **where})
