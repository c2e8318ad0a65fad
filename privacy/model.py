"""The inventory of personal data: one line for each table and for each place outside the database. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Whose(StrEnum):
    """Whose data they are."""

    CITIZEN = "citizen"
    CREW = "crew"
    STAFF = "staff"
    NOBODY = "nobody"


class ErasureMethod(StrEnum):
    """What an erasure does to a column in which the number stands."""

    SEALED = "sealed"
    """All personal columns of the row are emptied and the salt of their digests is thrown away; the chain
    keeps its digests and stays verifiable."""
    RESEALED = "resealed"
    """The number is taken out, and the row gets a further entry in the chain."""
    CLEARED = "cleared"
    """The value is emptied."""
    GOES_ALONG = "goes along"
    """The value is emptied, also where the number stands in a cleared column of its row: it names the same
    person."""
    MASKED = "masked"
    """The number is taken out of the text, the rest stays."""
    DELETED = "deleted"
    """The row goes."""
    KEPT = "kept"
    """It is no citizen's: it ends with the account or the unit."""


@dataclass(frozen=True, slots=True)
class Held:
    """A column that holds personal data."""

    column: str
    what: str
    way: ErasureMethod


@dataclass(frozen=True, slots=True)
class Period:
    """How long. `setting` is its place in the settings file; `by` who removes it then."""

    how_long: str
    setting: str = ""
    by: str = ""


FOR_EVER: Final = Period("as long as the database")


@dataclass(frozen=True, slots=True)
class TableLine:
    """A table: `personal` and `plain` name each column in which text, JSON or bytes can stand. A user's id is
    plain: it names a colleague by `identity_user` alone, and says who answers for an act.
    """

    table: str
    whose: Whose
    why: str
    kept: Period = FOR_EVER
    shown: str = ""
    personal: tuple[Held, ...] = ()
    plain: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """All columns that the inventory accounts for."""
        return frozenset((*(held.column for held in self.personal), *self.plain))


@dataclass(frozen=True, slots=True)
class OutsideLine:
    """A place outside the database."""

    place: str
    whose: Whose
    what: str
    why: str
    kept: Period
    erased: str


def table(  # the columns of the page
    name: str,
    whose: Whose,
    why: str,
    *,
    kept: Period = FOR_EVER,
    shown: str = "",
    held: tuple[tuple[str, str, ErasureMethod], ...] = (),
    plain: str = "",
) -> TableLine:
    """`held` are (column, what it is, how it is erased); `plain` the other columns' names."""
    return TableLine(name, whose, why, kept, shown, tuple(Held(*one) for one in held), tuple(plain.split()))


def nobody(name: str, why: str, plain: str = "") -> TableLine:
    """A table in which no person is named."""
    return TableLine(name, Whose.NOBODY, why, plain=tuple(plain.split()))
