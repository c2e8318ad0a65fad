"""Errors of the link to the broker, each with a remedy for the operator."""

from __future__ import annotations

from typing import ClassVar

from core.errors import SonghuaError, Unavailable


class BrokerAway(Unavailable):
    """No connection, or no answer in time: the message may or may not have arrived."""

    kind: ClassVar[str] = "broker-away"
    title: ClassVar[str] = "The MQTT broker is not available"


class BrokerRefused(Unavailable):
    """The broker answered the connection with a refusal; trying again helps only after a change."""

    kind: ClassVar[str] = "broker-refused"
    title: ClassVar[str] = "The MQTT broker refuses this account"


class PublishDenied(SonghuaError):
    """The broker took the packet and refused the message (a reason code of 128 or more)."""

    kind: ClassVar[str] = "publish-denied"
    title: ClassVar[str] = "The MQTT broker denies this topic to this account"
    status: ClassVar[int] = 502


class NobodyListens(Unavailable):
    """The broker took the message and has no session that wants it: it is gone."""

    kind: ClassVar[str] = "nobody-listens"
    title: ClassVar[str] = "No session is subscribed to this topic"
