"""A field unit, the form of its name, and by which bearers it can be heard. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.errors import Invalid
from field.contract.names import check_uid, is_uid, is_unit

DEVICE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"

_DEVICE = re.compile(DEVICE_PATTERN.strip("^$"))

FREE = "free"

MOST_NAMES, MOST_SKILLS, MOST_DEVICES, MOST_CREW = 20, 30, 5, 20

_NAME_CHARACTERS = 40


def check_unit(value: str) -> str:
    """Raises `Invalid` for what may not be a unit's own name."""
    if not is_unit(check_uid(value)):
        raise Invalid(
            "user:…, desk:…, phone:… and patch:… are people, telephones and patches",
            remedy="for example app:17",
        )
    return value


def is_device(value: str) -> bool:
    """The name of a location app's device: one level of a topic."""
    return _DEVICE.fullmatch(value) is not None


def check_alias(name: str) -> str:
    """An alias as people say it (道里一组). Raises `Invalid` for one that looks like a unit's name."""
    said = " ".join(name.split())
    if not said or len(said) > _NAME_CHARACTERS or not said.isprintable() or is_uid(said):
        raise Invalid(
            f"an alias has 1 to {_NAME_CHARACTERS} letters and is no network:id",
            remedy="for example 道里一组",
        )
    return said


@dataclass(frozen=True, slots=True)
class Bearer:
    """A way by which a unit is heard: `app`, `owntracks`, or a network of one of its addresses."""

    name: str
    online: bool
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnitPresence:
    """The union of the bearers: there by any of them, last heard at `heard_at` by `heard_by`."""

    online: bool = False
    heard_at: datetime | None = None
    heard_by: str = ""


def union(bearers: Iterable[Bearer]) -> UnitPresence:
    """What is shown of a unit that has several bearers."""
    online, newest = False, UnitPresence()
    for bearer in sorted(bearers, key=lambda one: one.name):
        online = online or bearer.online
        if bearer.heard_at is not None and (newest.heard_at is None or bearer.heard_at > newest.heard_at):
            newest = UnitPresence(heard_at=bearer.heard_at, heard_by=bearer.name)
    return UnitPresence(online, newest.heard_at, newest.heard_by)


@dataclass(frozen=True, slots=True)
class Shift:
    """From when until when the unit works; both by the centre's clock, UTC."""

    starts_at: datetime
    ends_at: datetime

    def covers(self, at: datetime) -> bool:
        """Whether the shift is on; its end no longer belongs to it."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Unit:
    """`unit_id` is the name on the air, `network` its first part; `addresses` are its names on other
    networks, `devices` its location apps. `last_heard` is the centre's clock; since `revoked_at` it may not
    sign in. `department` is the id of the department that it belongs to; empty for the centre's own.
    """

    unit_id: str
    name: str
    crew: tuple[str, ...] = ()
    online: bool = False
    last_heard: datetime | None = None
    status: str = FREE
    heard_by: str = ""
    aliases: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    vehicle: str = ""
    skills: tuple[str, ...] = ()
    shift: Shift | None = None
    revoked_at: datetime | None = None
    department: str = ""

    @property
    def network(self) -> str:
        """The network of its name: the part before the colon."""
        return self.unit_id.partition(":")[0]

    @property
    def networks(self) -> frozenset[str]:
        """All networks on which it has an address."""
        return frozenset(name.partition(":")[0] for name in (self.unit_id, *self.addresses))


def check_texts(what: str, given: Sequence[str], most: int) -> tuple[str, ...]:
    """Short lines without doubles. Raises `Invalid`."""
    found = tuple(dict.fromkeys(" ".join(one.split()) for one in given))
    if len(found) > most or any(not one or len(one) > 80 or not one.isprintable() for one in found):
        raise Invalid(f"{what}: at most {most}, each of 1 to 80 letters")
    return found
