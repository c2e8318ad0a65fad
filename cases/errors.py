"""The errors of this room; each says what the reader can do."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, NotFound, SonghuaError


class BrokenTable(SonghuaError):
    """A catalogue, word or gazetteer table does not hold together; says which row."""

    kind: ClassVar[str] = "cases-broken-table"
    title: ClassVar[str] = "A table of the catalogue or gazetteer is broken"


class NoSuchCase(NotFound):
    kind: ClassVar[str] = "no-such-case"
    title: ClassVar[str] = "There is no such case"


class NoSuchDraft(NotFound):
    kind: ClassVar[str] = "no-such-draft"
    title: ClassVar[str] = "There is no such draft"


class NoSuchDispatch(NotFound):
    kind: ClassVar[str] = "no-such-dispatch"
    title: ClassVar[str] = "There is no such dispatch"


class NoSuchCategory(Invalid):
    kind: ClassVar[str] = "no-such-category"
    title: ClassVar[str] = "The catalogue has no such class"


class StaleField(Conflict):
    """The field has another revision than the editor saw; `extra` holds the present one."""

    kind: ClassVar[str] = "stale-field"
    title: ClassVar[str] = "The field was changed meanwhile"


class DraftClosed(Conflict):
    kind: ClassVar[str] = "draft-closed"
    title: ClassVar[str] = "The draft was already confirmed or discarded"


class DraftIncomplete(Invalid):
    """A case cannot be filed yet; `extra.missing` names the fields."""

    kind: ClassVar[str] = "draft-incomplete"
    title: ClassVar[str] = "The draft lacks what a case needs"


class WrongStep(Conflict):
    """The step is not allowed from where the case or dispatch stands."""

    kind: ClassVar[str] = "wrong-step"
    title: ClassVar[str] = "This step is not possible now"


class ReasonMissing(Invalid):
    kind: ClassVar[str] = "reason-missing"
    title: ClassVar[str] = "This step needs a reason"
