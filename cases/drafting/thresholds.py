"""From which confidence a value is filled, offered, and shown without a mark of doubt."""

from __future__ import annotations

from collections.abc import Mapping

from cases.drafting.model import FieldName

DOUBTFUL = 0.6
"""The desk marks a value below this as doubtful (`console/desk/draft/FieldFrame.vue`)."""
OFFER_FROM = 0.3
"""Below this a guess is not offered beside an empty field."""
FILL_FROM: Mapping[FieldName, float] = {
    FieldName.CATEGORY: 0.55,
    FieldName.DISTRICT: 0.5,
    FieldName.ADDRESS: 0.5,
    FieldName.CROSSING: 0.5,
    FieldName.INTENT: 0.5,
    FieldName.URGENCY: 0.5,
    FieldName.HANDOFF: 0.5,
    FieldName.DESCRIPTION: 0.1,
    FieldName.TIME: 0.5,
    FieldName.COUNT: 0.5,
    FieldName.CALLBACK: 0.5,
    FieldName.CALLER: 0.5,
    FieldName.ASSET: 0.5,
    FieldName.RELATIVE: 0.5,
    FieldName.SUBDISTRICT: 0.5,
    FieldName.CELL: 0.5,
    FieldName.DEPARTMENT: 0.5,
}
"""From here on the field shows the value."""
MAX_EVIDENCE = 12
"""Pieces of evidence kept for one value: enough to show, and bounded in a long call."""
