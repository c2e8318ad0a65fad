"""What a known part gives to a draft: its class, its district and its place, where these are still empty.

Pure. What was said or written stays; owner and position follow from the part itself when the case is filed.
"""

from __future__ import annotations

from collections.abc import Mapping

from cases.drafting.drafter import Drafter
from cases.drafting.model import Draft, FieldName, FieldValue
from cases.events import PartView
from cases.shown import Shown

SURE = 0.9
"""How sure a value is that a number gives which somebody read out."""


def values_of(part: PartView) -> Mapping[FieldName, str]:
    """What fields of a draft the part can fill."""
    found = {
        FieldName.CATEGORY: part.category,
        FieldName.DISTRICT: part.district,
        FieldName.ADDRESS: part.address,
        FieldName.CELL: part.cell,
    }
    return {name: value for name, value in found.items() if value}


def with_offered(draft: Draft, offered: tuple[PartView, ...]) -> Draft:
    """The draft with these parts to choose from. The only one that bears the number is taken at once, unless
    somebody took it out before; one that was taken so goes when another number was said.
    """
    part = draft.part
    if part is not None and draft.part_by == "draft" and part.part_id not in {one.part_id for one in offered}:
        draft = _emptied(draft, part.part_id)
    sole = offered[0] if len(offered) == 1 else None
    if draft.part is None and sole is not None and sole.part_id not in draft.without_part:
        draft = draft.model_copy(update={"part": sole, "part_by": "draft", "rev": draft.rev + 1})
    if offered != draft.parts:
        draft = draft.model_copy(update={"parts": offered, "rev": draft.rev + 1})
    return with_part(draft)


def with_part(draft: Draft) -> Draft:
    """Its part's values in fields that are empty and that nobody has emptied. Again, it changes nothing."""
    if draft.part is None:
        return draft
    heard = draft.fields[FieldName.ASSET]
    fields = dict(draft.fields)
    for name, value in values_of(draft.part).items():
        there = fields[name]
        if there.value is None and there.by == "draft" and not _is_placed(draft, name):
            fields[name] = FieldValue(
                value=value, confidence=SURE, shown=Shown.SURE, evidence=heard.evidence, rev=there.rev,
                detail={"part_id": draft.part.part_id},
            )  # fmt: skip
    return draft if fields == dict(draft.fields) else draft.model_copy(update={"fields": fields})


def chosen(draft: Draft, part: PartView | None, drafter: Drafter) -> Draft:
    """The draft about the part that a person chose: its class and place stand in it as if that person had
    written them, but for what an agent wrote before. None takes the part out.
    """
    before = draft.part
    if before is not None:
        draft = without(draft, before.part_id)
    if part is None:
        return draft
    for name, value in values_of(part).items():
        there = draft.fields[name]
        if there.by == "draft" and there.value != value and not _is_placed(draft, name):
            draft, _ = drafter.edit(draft, name, value, expected_rev=there.rev)
    kept = tuple(one for one in draft.without_part if one != part.part_id)
    return draft.model_copy(
        update={"part": part, "part_by": "agent", "without_part": kept, "rev": draft.rev + 1}
    )


def _is_placed(draft: Draft, name: FieldName) -> bool:
    """A crossing says where it is: an address beside it would be another place."""
    return name is FieldName.ADDRESS and draft.value(FieldName.CROSSING) is not None


def without(draft: Draft, part_id: str) -> Draft:
    """The draft without this part and without what it alone gave; it is not put in again by itself."""
    kept = (*draft.without_part, part_id)[-20:]
    return _emptied(draft, part_id).model_copy(update={"without_part": kept})


def _emptied(draft: Draft, part_id: str) -> Draft:
    fields = {
        name: FieldValue(rev=draft.rev + 1)
        if value.by == "draft" and value.detail.get("part_id") == part_id
        else value
        for name, value in draft.fields.items()
    }
    return draft.model_copy(update={"part": None, "part_by": "draft", "fields": fields, "rev": draft.rev + 1})
