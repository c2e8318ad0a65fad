"""FastAGI of our own: codec, session and server; public names stand here."""

from gateway.agi.call import AgiCall, AgiNames
from gateway.agi.codec import AgiLimits, Answer, Environment
from gateway.agi.errors import (
    AgiError,
    CallGone,
    CommandFailed,
    CommandRefused,
    HandedOver,
    HungUp,
    OverTime,
    UnsafeArgument,
)
from gateway.agi.server import FastAgiServer, Handler
from gateway.agi.session import AgiTiming

__all__ = [
    "AgiCall",
    "AgiError",
    "AgiLimits",
    "AgiNames",
    "AgiTiming",
    "Answer",
    "CallGone",
    "CommandFailed",
    "CommandRefused",
    "Environment",
    "FastAgiServer",
    "HandedOver",
    "Handler",
    "HungUp",
    "OverTime",
    "UnsafeArgument",
]
