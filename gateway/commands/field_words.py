"""What `songhua unit` and `songhua tg` say, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.translation import Translatable, pgettext_lazy
from core.translation import gettext_lazy as _

WORDS: Final[Mapping[str, Translatable]] = {
    "unit": pgettext_lazy("field", "unit"),
    "name": _("name"),
    "aliases": _("aliases"),
    "addresses": _("addresses"),
    "devices": _("location apps"),
    "crew": _("crew"),
    "vehicle": _("vehicle"),
    "department": _("department"),
    "skills": _("skills"),
    "shift": _("shift"),
    "state": _("state"),
    "heard": _("last heard"),
    "place": _("place"),
    "groups": _("talkgroups"),
    "bearers": _("bearers"),
    "members": _("members"),
    "listening": _("listening"),
    "group": _("talkgroup"),
    "class": _("class"),
    "priority": pgettext_lazy("field", "priority"),
    "case": _("case"),
    "monitor": _("may monitor"),
    "talk": _("may talk"),
    "patch": _("may patch"),
    "online": _("online"),
    "offline": _("offline"),
    "revoked": _("revoked"),
    "by": pgettext_lazy("field", "by"),
    "ago": _("{s} s ago"),
    "enrolled": _("{unit} is enrolled. Its password is told this once:"),
    "client_id": _("MQTT client id for the app on {device}: {client_id}"),
    "kept": _("{unit} is enrolled; its password is in {file} (0600)"),
    "revoked_now": _("{unit} is revoked: it can no longer sign in, and what it had open is cut"),
    "set": _("{unit} is changed"),
    "made": _("{group} is made"),
    "removed": _("{group} is removed"),
    "moved": _("on {group}: {units}"),
    "nothing": _("nothing is to be changed; see --help"),
    "bad_time": _("a shift is START/END, for example 2026-11-26T08:00/2026-11-26T16:00"),
    "floor": _("floor"),
    "talker": _("talks"),
    "since": pgettext_lazy("field", "since"),
    "waiting": _("waiting"),
    "emergency": _("EMERGENCY"),
    "call": pgettext_lazy("field", "call"),
    "patched_to": _("patched to"),
    "patch_joined": _("one floor"),
    "joined_done": _("{group} and {other} are patched"),
    "joined_uncertain": _(
        "the switch has not said so: {group} and {other} may be patched; try the same --op again"
    ),
    "patch_talks": _("the telephone talks"),
    "patch_listens": _("the telephone listens"),
    "patch_done": _("put through to {group}"),
    "patch_uncertain": _(
        "the link to the switch was lost: it may have been put through to {group}; try the same --op again"
    ),
    "unpatch_done": _("the patch of {group} has ended"),
    "unpatch_uncertain": _(
        "the link to the switch was lost: the patch of {group} may have ended; try the same --op again"
    ),
    "floor_idle": _("free"),
    "floor_requested": _("asked for"),
    "floor_taken": _("taken"),
    "floor_hang": _("just ended"),
    "floor_away": _("floor control is away"),
    "reasons": _("reasons"),
    "distance": _("distance"),
    "metres": _("{m} m"),
    "lasted": _("lasted"),
    "at": pgettext_lazy("field", "at"),
    "recorded": _("recorded"),
    "ended_by": _("ended by"),
    "on_air": _("on the air"),
    "not_recorded": _("{seconds} s of what was said are not recorded"),
    "recalled": _("{seconds} s are in {file}"),
    "no_file": _("{file} cannot be written: {why}"),
}

PROBLEMS: Final[Mapping[str, Translatable]] = {
    "unknown-unit": _("there is no such unit; see songhua unit list"),
    "unit-exists": _("there is such a unit already"),
    "unit-name-taken": _("an alias or address of it belongs to another unit"),
    "unit-revoked": _("the unit was revoked; enrol it again"),
    "unknown-talkgroup": _("there is no such talkgroup; see songhua tg list"),
    "talkgroup-exists": _("there is such a talkgroup already"),
    "no-such-case": _("there is no such case"),
    "unknown-dispatch": _("there is no such dispatch; look by its case: songhua dispatch show CASE"),
    "no-such-dispatch": _("there is no such dispatch"),
    "wrong-step": _("not possible now: see songhua dispatch show"),
    "reason-missing": _("say why: --reason"),
    "job-not-accepted": _("the unit has not accepted the job, or has it no more"),
    "unit-without-telephone": _("the unit has no telephone: songhua unit set UNIT --address phone:NUMBER"),
    "no-such-statuses": _("there is no such version; see songhua dispatch statuses versions"),
    "statuses-moved-on": _("another version is in force meanwhile; look at it first"),
    "statuses-invalid": _("something is wrong with this table; see check"),
    "broker-away": _("the broker is away: nothing was changed; see [mqtt] in the settings"),
    "broker-refused": _("the broker refuses this account: nothing was changed; see [mqtt.accounts.centre]"),
}
"""By the kind of the error; any other one is told as every command tells it."""
