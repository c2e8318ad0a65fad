"""Mosquitto's log, read for what it refused: who wanted to speak as another. Pure; any bytes.

The broker tells a refused publish in its debug log alone, by the client's id, which anybody chooses; whose
account it is stands in the line of the connection (mosquitto 2.0, `handle_publish.c`, `handle_connect.c`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["unit", "role", "control", "session"]

MOST_CLIENTS: Final = 50_000
MOST_LINE: Final = 8_192

_CONNECTED: Final = re.compile(
    rb"New client connected from \S+ as (?P<client>.*) \(p\d, c\d, k\d+, u'(?P<user>[^']*)'\)\.$"
)
_DENIED: Final = re.compile(
    rb"Denied PUBLISH from (?P<client>.*) \(d\d, q\d, r\d, m\d+, '(?P<topic>.*)', \.\.\. \(\d+ bytes\)\)$"
)
_DEBUG: Final = (b"Received ", b"Sending ", b"Denied PUBLISH", b"No will message", b"Will message", b"\t")
"""How lines begin that only a debug log has."""


@dataclass(frozen=True, slots=True)
class PublishRefusal:
    """`user` is the account that published, empty when its connection was not seen; `owner` the unit whose
    topic it was, empty for a topic of a role or of the broker's control. `session`: the account signed in
    with the client's id of `owner`, whose connection the broker ended for it.
    """

    user: str
    owner: str
    kind: Kind


class LogReader:
    """Knows which account each client is; bounded, the oldest are forgotten first."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._users: dict[bytes, str] = {}

    def read(self, line: bytes) -> PublishRefusal | None:
        """What the line says of a refusal that is to be told; None for every other line."""
        line = line[:MOST_LINE].rstrip(b"\r\n")
        if b"New client connected" in line:
            return self._connected(line)
        found = _DENIED.search(line) if b"Denied PUBLISH" in line else None
        if found is None:
            return None
        topic = found["topic"].decode(errors="replace")
        user = self._users.get(found["client"], "")
        kind, owner = _whose(self._tenant, topic)
        if kind is None or (owner and owner == user):
            return None
        return PublishRefusal(user, owner, kind)

    def _connected(self, line: bytes) -> PublishRefusal | None:
        found = _CONNECTED.search(line)
        if found is None:
            return None
        before = self._users.pop(found["client"], "")
        while len(self._users) >= MOST_CLIENTS:
            del self._users[next(iter(self._users))]
        user = self._users[found["client"]] = found["user"].decode(errors="replace")[:96]
        return PublishRefusal(user, before, "session") if before and before != user else None


def for_people(line: bytes) -> bool:
    """Whether the line belongs into a log that is not one of debugging."""
    _, _, said = line.partition(b": ")
    return bool(said) and not said.startswith(_DEBUG)


def lines(buffer: bytearray, more: bytes) -> Iterator[bytes]:
    """The whole lines in `buffer` and `more`; what is left stays in `buffer`, which is bounded."""
    buffer += more
    while (end := buffer.find(b"\n")) >= 0:
        yield bytes(buffer[:end])
        del buffer[: end + 1]
    if len(buffer) > MOST_LINE:
        buffer.clear()


def _whose(tenant: str, topic: str) -> tuple[Kind | None, str]:
    """The owner of a topic: a unit, a role, or the broker's control; None for any other."""
    parts = topic.split("/")
    match parts:
        case ["v1", of, "unit", owner, *_] if of == tenant:
            return "unit", owner[:96]
        case ["owntracks", owner, *_]:
            return "unit", owner[:96]
        case ["v1", of, *_] if of == tenant:
            return "role", ""
        case ["$CONTROL", *_]:
            return "control", ""
    return None, ""
