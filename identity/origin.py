"""The origin of a sign-in: address, program, device."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """`address` is the peer's (a trusted proxy's word for it), `program` the User-Agent header, `device` the
    value of the device cookie as it was sent.
    """

    address: str = ""
    program: str = ""
    device: str = ""


NOWHERE = RequestOrigin()
"""A command on this machine, or a part of the service."""
