"""A talkgroup, the form of its name, and who may do what on it. Pure.

A right is a list of subjects: `all` (every unit that is enrolled), `members` (units put on the group),
`network:app`, `skill:sewage`, `unit:app:17`, `role:dispatcher`, `phone` (a line that is patched in),
`class:licensed` (a talkgroup of that class that is patched in).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from core.actor import Role
from core.errors import Invalid
from field.contract.names import is_uid

TgClass = Literal["internal", "licensed", "commercial", "amateur"]
"""Under which rule the group is on the air; a patch across classes needs a right of its own."""
CLASSES: Final = get_args(TgClass)

Verb = Literal["monitor", "talk", "patch"]
Refusal = Literal["no-such-group", "removed", "no-such-unit", "revoked", "not-permitted"]

EMERGENCY: Final = 15
DISPATCHER: Final = 10
FIELD: Final = 5
PHONE: Final = 3
"""Priorities as TETRA numbers them, 0 (lowest) to 15 (pre-empts). A dispatcher is above the field, the field
above a telephone, whatever a group says."""
MOST_FIELD: Final = DISPATCHER - 1
LEAST_FIELD: Final = PHONE + 1

MOST_SUBJECTS: Final = 50
MOST_MEMBERS: Final = 500
MOST_NAME: Final = 60
_SUBJECT: Final = re.compile(
    r"all|members|phone|network:[a-z][a-z0-9]{0,9}|skill:[^\s,]{1,40}|role:(agent|supervisor|dispatcher)|unit:\S{3,52}"
    r"|class:(internal|licensed|commercial|amateur)"
)


@dataclass(frozen=True, slots=True)
class TalkgroupRights:
    monitor: tuple[str, ...] = ("all", "role:dispatcher", "role:supervisor")
    talk: tuple[str, ...] = ("all", "role:dispatcher")
    patch: tuple[str, ...] = ("role:dispatcher",)


MEMBERS_ONLY: Final = TalkgroupRights(
    monitor=("members", "role:dispatcher", "role:supervisor"), talk=("members", "role:dispatcher")
)
"""What a group that was made for an incident has."""


@dataclass(frozen=True, slots=True)
class Talkgroup:
    """`tg_id` is `{network}:{id}`. `priority` is that of the field on it; `case_id` the incident's, when it
    was made for one; `removed_at` says that it is no more.
    """

    tg_id: str
    name_zh: str
    name_en: str
    tg_class: TgClass = "internal"
    rights: TalkgroupRights = field(default_factory=TalkgroupRights)
    priority: int = FIELD
    case_id: UUID | None = None
    removed_at: datetime | None = None

    @property
    def network(self) -> str:
        """The network that carries it: the part of its id before the colon."""
        return self.tg_id.partition(":")[0]


@dataclass(frozen=True, slots=True)
class RegisteredUnit:
    """What a unit's rights in talkgroups depend on. `groups` are those that it is a member of, `devices` its
    location apps.
    """

    unit_id: str
    name: str
    networks: frozenset[str]
    skills: frozenset[str]
    devices: tuple[str, ...]
    groups: frozenset[str]

    def party_of(self, tg_id: str) -> TalkgroupParty:
        """The unit as the talkgroup's rights see it."""
        return TalkgroupParty(
            unit_id=self.unit_id, networks=self.networks, skills=self.skills, member=tg_id in self.groups
        )


@dataclass(frozen=True, slots=True)
class TalkgroupParty:
    """Who wants something of a group: a unit, a person at a desk by his roles, a telephone line, or another
    talkgroup by its class.
    """

    unit_id: str = ""
    networks: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    member: bool = False
    roles: frozenset[Role] = frozenset()
    phone: bool = False
    tg_class: str = ""


@dataclass(frozen=True, slots=True)
class TalkgroupRight:
    """`priority` is the party's on this group, 0 when refused; an emergency has `EMERGENCY` instead."""

    may: bool
    priority: int = 0
    cause: Refusal | None = None


def right(group: Talkgroup | None, verb: Verb, party: TalkgroupParty) -> TalkgroupRight:
    """Whether `party` may `verb` on `group`, and with which priority."""
    if group is None:
        return TalkgroupRight(may=False, cause="no-such-group")
    if group.removed_at is not None:
        return TalkgroupRight(may=False, cause="removed")
    subjects: tuple[str, ...] = getattr(group.rights, verb)
    if not any(_fits(subject, party) for subject in subjects):
        return TalkgroupRight(may=False, cause="not-permitted")
    return TalkgroupRight(may=True, priority=priority_of(group, party))


def priority_of(group: Talkgroup, party: TalkgroupParty) -> int:
    """Dispatcher above field above phone."""
    if party.unit_id:
        return group.priority
    if party.phone:
        return PHONE
    # An agent who may talk has the field's priority; he does not command.
    return DISPATCHER if party.roles & {Role.DISPATCHER, Role.SUPERVISOR} else group.priority


def _fits(subject: str, party: TalkgroupParty) -> bool:
    kind, _, value = subject.partition(":")
    whole = {"all": bool(party.unit_id), "members": party.member, "phone": party.phone}
    listed: dict[str, frozenset[str]] = {
        "network": party.networks,
        "skill": party.skills,
        "unit": frozenset({party.unit_id} - {""}),
        "role": frozenset(role.value for role in party.roles),
        "class": frozenset({party.tg_class} - {""}),
    }
    return whole.get(kind, False) if not value else value in listed.get(kind, frozenset())


def check_tg_id(value: str) -> str:
    """`{network}:{id}`, as a unit's name is. Raises `Invalid`."""
    if not is_uid(value):
        raise Invalid("a talkgroup's name is network:id", remedy="for example app:daoli or tetra:4011")
    return value


def check_subjects(subjects: Iterable[str]) -> tuple[str, ...]:
    """Without doubles, in order. Raises `Invalid` for what is no subject."""
    found = tuple(dict.fromkeys(subjects))
    if len(found) > MOST_SUBJECTS:
        raise Invalid(f"a right has at most {MOST_SUBJECTS} subjects", remedy="use members or a skill")
    for subject in found:
        if not _SUBJECT.fullmatch(subject) or (
            subject.startswith("unit:") and not is_uid(subject.removeprefix("unit:"))
        ):
            raise Invalid(
                "this is no subject of a right",
                remedy="all, members, phone, network:…, skill:…, unit:…, "
                "role:dispatcher|supervisor|agent, class:…",
            )
    return found


def checked(group: Talkgroup) -> Talkgroup:
    """The group, if it may be kept. Raises `Invalid`."""
    check_tg_id(group.tg_id)
    for name in (group.name_zh, group.name_en):
        if not name.strip() or len(name) > MOST_NAME:
            raise Invalid(f"a talkgroup has a name of up to {MOST_NAME} characters in Chinese and in English")
    if group.tg_class not in CLASSES:
        raise Invalid("no such class", remedy=", ".join(CLASSES))
    if not LEAST_FIELD <= group.priority <= MOST_FIELD:
        raise Invalid(
            f"the field's priority is {LEAST_FIELD} to {MOST_FIELD}", remedy="15 is for emergencies alone"
        )
    for subjects in (group.rights.monitor, group.rights.talk, group.rights.patch):
        check_subjects(subjects)
    return group
