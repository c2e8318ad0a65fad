"""FastAGI of our own: codec, session and server; public names stand here."""

from gateway.agi.call import AgiCall, AgiNames
from gateway.agi.codec import AgiLimits, AgiReply, Environment
from gateway.agi.errors import (
    AgiError,
    CallGone,
    CallHandedOver,
    CommandFailed,
    CommandRefused,
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
    "AgiReply",
    "AgiTiming",
    "CallGone",
    "CallHandedOver",
    "CommandFailed",
    "CommandRefused",
    "Environment",
    "FastAgiServer",
    "Handler",
    "HungUp",
    "OverTime",
    "UnsafeArgument",
]
