"""What `songhua emergency` says, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.translation import Translatable, pgettext_lazy
from core.translation import gettext_lazy as _

WORDS: Final[Mapping[str, Translatable]] = {
    "emergency": _("emergency"),
    "unit": pgettext_lazy("emergency", "unit"),
    "kind": pgettext_lazy("emergency", "kind"),
    "alarm": _("alarm (data)"),
    "call": _("emergency call (voice)"),
    "talkgroup": _("talkgroup"),
    "state": _("state"),
    "raised": pgettext_lazy("emergency", "raised"),
    "acknowledged": pgettext_lazy("emergency", "acknowledged"),
    "cleared": pgettext_lazy("emergency", "cleared"),
    "asked": _("asked"),
    "dispatcher": _("the dispatchers"),
    "next_dispatcher": _("the next dispatcher"),
    "supervisor": _("the supervisor"),
    "raised_at": _("raised at"),
    "repeats": _("said"),
    "place": _("place"),
    "case": _("case"),
    "by": _("acknowledged by"),
    "cleared_by": _("cleared by"),
    "note": _("note"),
    "false_alarm": _("False alarm"),
    "none": _("there is no emergency"),
    "at": pgettext_lazy("emergency", "at"),
    "act": pgettext_lazy("emergency", "what"),
    "actor": pgettext_lazy("emergency", "by"),
    "words": _("words"),
    "case_comes": _("(being made)"),
    "act_acknowledged": _("the emergency of {unit} is acknowledged by {name}"),
    "act_cleared": _("the emergency of {unit} is cleared by {name}"),
    "file": _("case filed"),
    "emergency-raised": pgettext_lazy("emergency, in its history", "raised"),
    "emergency-repeated": _("said again"),
    "emergency-located": _("location"),
    "emergency-escalated": _("nobody answered: asked"),
    "emergency-acknowledged": pgettext_lazy("emergency, in its history", "acknowledged"),
    "emergency-cleared": pgettext_lazy("emergency, in its history", "cleared"),
    "cancel": _("case cancelled"),
}
