"""Writes the CEL lines of a call as Asterisk 22.10 writes them, so that a test can tell what happened."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from cdr.cel.codec import CelLine, CelParser
from cdr.cel.model import CelRow

START = datetime(2026, 11, 25, 13, 0, 0, tzinfo=UTC)
CITIZEN = "13800001234"


def quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class Script:
    """One call's story. `at` is seconds since the story began; channels are named by their endpoint."""

    def __init__(self, first_id: int = 1_000, *, start: datetime = START, name: str = "王小明") -> None:
        self._start = start
        self._at = 0.0
        self._next = first_id
        self._name = name
        self.ids: dict[str, str] = {}
        self._channels: dict[str, str] = {}
        self._linkedids: dict[str, str] = {}
        self._contexts: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self.lines: list[bytes] = []

    @property
    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._at)

    def wait(self, seconds: float) -> Script:
        self._at += seconds
        return self

    def start(
        self,
        who: str,
        *,
        call: str | None = None,
        context: str = "desk",
        number: str = "",
        exten: str = "",
        channel: str = "",
        uniqueid: str = "",
    ) -> Script:
        """A channel begins: its own call, or a leg of the call of `call`."""
        self._next += 1
        uniqueid = uniqueid or f"{int(self._start.timestamp())}.{self._next}"
        self.ids[who] = uniqueid
        self._channels[who] = channel or f"PJSIP/{who.partition('#')[0]}-{self._next:08x}"
        self._linkedids[who] = self._linkedids[call] if call else uniqueid
        self._contexts[who] = context
        self._numbers[who] = number
        return self.event("CHAN_START", who, exten=exten)

    def event(
        self,
        name: str,
        who: str,
        *,
        app: str = "",
        data: str = "",
        exten: str = "",
        peer: str = "",
        extra: dict[str, object] | None = None,
    ) -> Script:
        seconds = int(self.now.timestamp())
        fields = [
            name, f"{seconds}.{self.now.microsecond:06d}", self._name if self._numbers[who] else "",
            self._numbers[who], exten, self._contexts[who], self._channels[who], app, data,
            self.ids[who], self._linkedids[who], peer,
            json.dumps(extra, separators=(",", ":"), ensure_ascii=False) if extra else "",
        ]  # fmt: skip
        self.lines.append((",".join(quote(field) for field in fields) + "\n").encode())
        return self

    def citizen(self, who: str = "trunk", number: str = CITIZEN) -> Script:
        """The trunk's INVITE: begins in `hotline`, is answered by the dialplan and recorded."""
        self.start(who, context="hotline", number=number, exten="12345").event("ANSWER", who, app="Answer")
        base = f"/rec/20261125/{self.ids[who]}.alaw"
        return self.event(
            "RECORDING", who, app="CELGenUserEvent", data=f"RECORDING,{base}", extra={"extra": base}
        )

    def queue(self, who: str = "trunk", name: str = "hotline") -> Script:
        return self.event("APP_START", who, app="Queue", data=f"{name},c")

    def answer(self, who: str) -> Script:
        return self.event("ANSWER", who, app="AppQueue", data="(Outgoing Line)")

    def enter(self, who: str, bridge: str) -> Script:
        return self.event(
            "BRIDGE_ENTER", who, extra={"bridge_id": bridge, "bridge_technology": "simple_bridge"}
        )

    def leave(self, who: str, bridge: str) -> Script:
        return self.event(
            "BRIDGE_EXIT", who, extra={"bridge_id": bridge, "bridge_technology": "simple_bridge"}
        )

    def hangup(self, who: str, *, by: str = "", cause: int = 16) -> Script:
        """`by` names whose channel hung up, or `dialplan/builtin`."""
        source = self._channels.get(by, by)
        return self.event(
            "HANGUP", who, extra={"hangupcause": cause, "hangupsource": source, "dialstatus": ""}
        ).event("CHAN_END", who)

    def moves(self, who: str, to_call_of: str) -> Script:
        """The leg changes its linkedid in mid-life, as in an attended transfer."""
        self._linkedids[who] = self._linkedids[to_call_of]
        return self

    def end(self, who: str) -> Script:
        return self.event("LINKEDID_END", who)

    def channel(self, who: str) -> str:
        return self._channels[who]

    @property
    def data(self) -> bytes:
        return b"".join(self.lines)

    @property
    def rows(self) -> list[CelRow]:
        found = CelParser().feed(self.data)
        rows = [item.row for item in found if isinstance(item, CelLine)]
        assert len(rows) == len(self.lines)
        return sorted(rows, key=lambda row: row.at)


def answered_call(script: Script | None = None, *, agent: str = "8001", number: str = CITIZEN) -> Script:
    """Greeted for 4 s, waits until 10 s, talks for 30 s, the citizen hangs up."""
    told = script or Script()
    told.citizen(number=number).wait(4).queue().wait(2).start(agent, call="trunk").wait(4).answer(agent)
    told.enter(agent, "b1").enter("trunk", "b1").wait(30).hangup("trunk", by="trunk")
    told.leave("trunk", "b1").leave(agent, "b1").hangup(agent).end("trunk")
    return told


FOLLOW_UP_ID = "fu-5f0c7a52-4d8e-4c0f-9a11-0c5d0e7a9b01"


def follow_up_call(script: Script | None = None, *, agent: str = "8001", number: str = CITIZEN) -> Script:
    """Placed by the gateway; rings 5 s, the reporter hears the question for 10 s and presses 0, waits 6 s in
    the queue, talks 30 s, hangs up.
    """
    told = script or Script()
    name = f"Local/{number}@outbound-00000001"
    told.start("half1", context="outbound", channel=f"{name};1", uniqueid=FOLLOW_UP_ID)
    told.start("half2", call="half1", context="outbound", exten=number, channel=f"{name};2")
    told.start("trunk", call="half1", context="hotline", number=number).wait(5)
    told.answer("trunk").answer("half2").answer("half1").enter("half2", "b1").enter("trunk", "b1").wait(10)
    told.queue("half1").wait(2).start(agent, call="half1").wait(4).answer(agent)
    told.enter(agent, "b2").enter("half1", "b2").wait(30).hangup("trunk", by="trunk").leave("half2", "b1")
    told.hangup("half2").leave("half1", "b2").leave(agent, "b2").hangup(agent).hangup("half1")
    return told.end("half1")
