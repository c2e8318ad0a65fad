"""What an agent sees of a report that another has taken: what it is about and where, not who says it."""

from __future__ import annotations

from typing import Final

from cases.drafting.model import FieldName
from cases.drafting.store import StoredDraft
from cases.events import DraftView, FieldValue
from cases.views import draft_view
from core.actor import Actor, Role

_SHOWN: Final = frozenset(
    name.value
    for name in (
        FieldName.CATEGORY, FieldName.DISTRICT, FieldName.ADDRESS, FieldName.CROSSING, FieldName.URGENCY,
    )
)  # fmt: skip
"""Fields whose value everybody in the queue sees; the words that they stand on never."""


def shown_in_queue(viewer: Actor, stored: StoredDraft) -> DraftView:
    """The whole draft for who has taken it, for a supervisor, and while nobody has it."""
    view = draft_view(stored)
    if stored.taken_by in {None, viewer.id} or viewer.has(Role.SUPERVISOR):
        return view
    fields = {name: _bare(name, one) for name, one in view.fields.items()}
    return view.model_copy(update={"fields": fields, "part": None, "parts": []})


def _bare(name: str, field: FieldValue) -> FieldValue:
    if name not in _SHOWN:
        return FieldValue(rev=field.rev)
    return FieldValue(
        value=field.value, confidence=field.confidence, shown=field.shown, by=field.by, rev=field.rev
    )
