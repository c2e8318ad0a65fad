"""Where a report is: where its reporter says, else where the gazetteer has its words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from cases.drafting.model import Draft, FieldName
from cases.events import PositionSource
from cases.gazetteer.lookup import Gazetteer
from core.place import Position


@dataclass(frozen=True, slots=True)
class ReportPosition:
    """`exact`: a spot, and not a whole street."""

    position: Position
    source: PositionSource
    exact: bool = True

    @property
    def invented(self) -> bool:
        """Whether nobody has measured it: it is compared with other invented ones alone."""
        return self.source is PositionSource.INVENTED


def position_of_report(draft: Draft, gazetteer: Gazetteer) -> ReportPosition | None:
    """Where the reporter says it is, unless an agent entered another address; else that of its part; else
    that of its address or crossing. None where nobody knows.
    """
    address = draft.fields[FieldName.ADDRESS]
    if draft.position is not None and address.by != "agent":
        return ReportPosition(draft.position, PositionSource.REPORTER)
    if draft.part is not None and draft.part.position is not None:
        return ReportPosition(draft.part.position, PositionSource.PART)
    found = gazetteer.position_of(address.value, draft.value(FieldName.CROSSING))
    if found is None:
        return None
    source = PositionSource.INVENTED if found.invented else PositionSource.PLACE
    return ReportPosition(found.position, source, found.exact)
