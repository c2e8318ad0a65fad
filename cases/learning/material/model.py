"""What is known of one confirmed case that may be trained on. Nothing in it names a person or a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from cases.catalogue.words import Language
from core.translation import Translatable
from core.translation import gettext_lazy as _

Source = Literal["transcript", "description"]
Tie = tuple[str, object]
"""What ties cases to each other: `("case", id)`, `("call", id)`, `("caller", key)`."""
LEFT_OUT: Mapping[str, Translatable] = {
    "confidential": _("confidential"),
    "erased": _("its person was erased"),
    "cancelled": _("cancelled"),
    "other-catalogue": _("of another catalogue"),
    "unreadable": _("its draft cannot be read"),
    "no-words": _("no words to learn from"),
    "tells-nothing": _("its words tell nothing of its class"),
    "too-many": _("beyond the most that are taken, the oldest"),
}
"""Why a confirmed case is not used."""


@dataclass(frozen=True, slots=True)
class Material:
    """The clauses are the citizen's, masked and in lower case, in the order in which they were said.

    `repeats` ties it to the calls and cases that are about the same thing, `callers` to whoever rang. Unless
    `callers_known` one of them withheld the number, or there was no call: whose words they are nobody knows.
    """

    case_id: UUID
    code: str
    language: Language
    clauses: tuple[str, ...]
    source: Source
    repeats: tuple[Tie, ...] = ()
    callers: tuple[Tie, ...] = ()
    callers_known: bool = False
