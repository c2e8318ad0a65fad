"""What `songhua nuisance` says, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.translation import Translatable, pgettext_lazy
from core.translation import gettext_lazy as _

WORDS: Final[Mapping[str, Translatable]] = {
    "number": pgettext_lazy("nuisance", "number"),
    "state": _("state"),
    "end": _("until"),
    "reason": _("reason"),
    "by": pgettext_lazy("nuisance", "by"),
    "id": _("listing"),
    "added": _("{number} is listed until {until}; listing {id}"),
    "lifted": _("{number} is off the list"),
    "until": _("give either --until (2026-12-31 or 2026-12-31T18:00) or --days"),
}

STATES: Final[Mapping[str, Translatable]] = {
    "in_force": _("in force"),
    "expired": _("expired"),
    "lifted": _("lifted"),
    "settings": _("in the settings"),
}

PROBLEMS: Final[Mapping[str, Translatable]] = {
    "nuisance-listed": _(
        "this number is listed already: lift it first, or wait for its end; one of "
        "the settings' own is taken out of [ivr] nuisance_numbers there"
    ),
    "no-such-listing": _("it is not listed; see songhua nuisance list"),
    "listing-over": _("it is over already; nothing is left to be done"),
    "number-not-listed": _(
        "this is no telephone number, or one of an emergency service, which is never listed"
    ),
    "listing-end": _("the end lies in the future, within 366 days"),
    "reason-missing": _("say why, in up to 1,000 characters"),
}
"""By the kind of the error; any other one is told as every command tells it."""
