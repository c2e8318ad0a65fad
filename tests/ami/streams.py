"""AMI frames that the tests feed: whole, torn and merged, with names that Asterisk cut in half."""

from __future__ import annotations

import random

from core.clock import ManualClock
from gateway.ami.codec import AmiDecoder
from gateway.ami.message import AmiPacket
from gateway.ami.outcome import AmiSend, Effect
from gateway.ami.session import AmiCredentials, AmiSession, AmiTiming

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def event(name: str, **headers: str) -> bytes:
    """One event as Asterisk writes it."""
    lines = [f"Event: {name}", "Privilege: call,all", *(f"{key}: {value}" for key, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def response(word: str, action_id: str, **headers: str) -> bytes:
    lines = [f"Response: {word}", f"ActionID: {action_id}"]
    lines += [f"{key}: {value}" for key, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def decode(*pieces: bytes, decoder: AmiDecoder | None = None) -> list[AmiPacket]:
    """What a decoder makes of these pieces after a banner; the banner is left out."""
    decoder = decoder or AmiDecoder()
    decoder.feed(BANNER)
    return [message for piece in pieces for message in decoder.feed(piece)]


def action_ids(effects: list[Effect], action: str) -> list[str]:
    """ActionIDs of the actions of this name that are sent."""
    begins = f"Action: {action}\r\n".encode()
    return [
        effect.data.split(b"\r\n")[1].removeprefix(b"ActionID: ").decode()
        for effect in effects
        if isinstance(effect, AmiSend) and effect.data.startswith(begins)
    ]


def new_session(clock: ManualClock, *, timing: AmiTiming | None = None) -> AmiSession:
    return AmiSession(
        AmiCredentials("songhua", "geheim"), clock=clock, rng=random.Random(7), timing=timing or AmiTiming()
    )


def log_in(session: AmiSession) -> list[Effect]:
    """Bring a session that wants to connect to READY; returns the effects of the last step."""
    session.link_up()
    [challenge] = action_ids(session.receive(BANNER), "Challenge")
    [login] = action_ids(session.receive(response("Success", challenge, Challenge="159753")), "Login")
    return session.receive(response("Success", login, Message="Authentication accepted"))
