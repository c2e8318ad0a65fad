"""What `songhua incident` says, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.translation import Translatable, pgettext_lazy
from core.translation import gettext_lazy as _

WORDS: Final[Mapping[str, Translatable]] = {
    "incident": pgettext_lazy("incident", "incident"),
    "case": pgettext_lazy("incident", "parent case"),
    "title": pgettext_lazy("incident", "title"),
    "prompt": pgettext_lazy("incident", "prompt"),
    "calls": pgettext_lazy("incident", "calls"),
    "since": pgettext_lazy("incident", "since"),
    "until": pgettext_lazy("incident", "until"),
    "started": _("{title} is open: parent case {number}, id {incident}; played to {callers} waiting callers"),
    "announced": _("{title}: played to {callers} waiting callers"),
    "unplayed": _("{title} (case {number}, id {incident}): the switch is away; it is played when it is back"),
    "over": _("{title} was ended; case {number} goes on"),
    "attached": _("the call belongs to {title} (case {number})"),
    "detached": _("the call does not belong to {title} any more"),
}
