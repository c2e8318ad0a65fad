"""What the small readers share: one candidate for a span that was said in the segment at hand."""

from __future__ import annotations

from collections.abc import Mapping

from cases.drafting.model import Detail, FieldCandidate, FieldName
from cases.drafting.spans import Passage


def found(
    passage: Passage,
    field: FieldName,
    span: tuple[int, int],
    value: str,
    weight: float,
    detail: Mapping[str, Detail] | None = None,
    *,
    corrects: bool = False,
) -> list[FieldCandidate]:
    """Nothing for a span that was said before this segment; `detail` gets the words as they were said."""
    start, end = span
    if not passage.touches(end) or not value:
        return []
    return [
        FieldCandidate(
            field=field,
            value=value[:200],
            weight=weight,
            evidence=passage.evidence(start, end),
            corrects=corrects,
            detail={**(detail or {}), "said": passage.text[start:end][:200]},
        )
    ]
