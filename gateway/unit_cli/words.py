"""Texts of the terminal, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from core.translation import Translatable, pgettext_lazy
from core.translation import gettext_lazy as _

Language = Literal["zh", "en"]

WORDS: Final[Mapping[str, Translatable]] = {
    "online": _("connected to the centre"),
    "offline": _("not connected:"),
    "waiting": _("waiting for a job…"),
    "job": _("new job"),
    "urgent": _("URGENT"),
    "recalled": _("job recalled"),
    "gone": _("job no longer open"),
    "confirmed": _("confirmed by the centre"),
    "denied": _("the broker refuses this terminal's message"),
    "groups": _("listening to talkgroups:"),
    "kept": _("kept, will be sent when the connection is back"),
    "no_jobs": _("no open job"),
    "keys": _(
        "[a]ccept [x] decline [w] on the way a[r]rived [d]one [b] return [q]uit; "
        "text after the letter is the note, a number picks the job"
    ),
    "talk_keys": _("[t] press or let go of the talk button, [T] emergency call; the group after the letter"),
    "which_group": _("name the talkgroup, for example: t app:daoli"),
    "floor_granted": _("talk now, seconds:"),
    "floor_queued": _("waiting for the floor, place"),
    "floor_denied": _("you cannot talk:"),
    "floor_revoked": _("stop talking:"),
    "floor_let_go": _("the button is let go"),
    "floor_released": _("the talk is over"),
    "floor_silent": _("the centre does not answer: you have no floor"),
    "floor_start": _("talks:"),
    "floor_stop": _("stops:"),
    "floor_away": _("floor control is away: nobody can talk"),
    "floor_there": _("floor control is there"),
    "emergency": _("EMERGENCY"),
    "delivered": pgettext_lazy("terminal", "delivered"),
    "displayed": pgettext_lazy("terminal", "displayed"),
    "accepted": pgettext_lazy("terminal", "accepted"),
    "declined": pgettext_lazy("terminal", "declined"),
    "on_the_way": _("on the way"),
    "arrived": _("arrived"),
    "done": pgettext_lazy("terminal", "done"),
    "returned": _("returned"),
    "": _("received"),
}

CAUSES: Final[Mapping[str, Translatable]] = {
    "no_such_group": _("there is no such talkgroup"),
    "not_a_member": _("this unit is not on the talkgroup"),
    "listens_only": _("this unit may only listen on the talkgroup"),
    "late": _("the press came too late, press again"),
    "queue_full": _("too many wait"),
    "waited_too_long": _("waited too long"),
    "withdrawn": _("let go"),
    "superseded": _("a newer press of this unit replaced it"),
    "pre_empted": _("a higher priority took the floor"),
    "time_out": _("the time is up"),
    "dead_key": _("the centre hears nothing of this terminal"),
    "unreachable": _("the centre does not reach this terminal"),
    "closed": _("the talkgroup is no more"),
    "restarted": _("floor control was started anew, press again"),
    "no_such_token": _("the grant is void, press again"),
    "network_busy": _("the radio network is busy"),
    "network_denied": _("the radio network refuses"),
    "network_silent": _("the radio network does not answer"),
    "network_took_it": _("somebody talks in the radio network"),
    "network_away": _("the link to the radio network is down"),
}
"""Why a floor was denied or taken away (`radio_bridge.floor.model.Cause`), as the crew reads it."""
