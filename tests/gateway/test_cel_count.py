"""The count of CEL events by AMI and the count of lines in the file are of the same lines."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest

from cdr.cel.codec import CelLine, CelParser
from cdr.cel.importer import Importer
from cdr.cel.model import MARKS, CelRow
from core.storage import Storage
from gateway.ami.client import AmiClient
from gateway.ami.message import AmiEvent
from gateway.ami.subscription import Live, Snapshot, Subscription
from gateway.wiring.cdr import CelEvents
from tests.cdr.script import Script, answered_call


class Link:
    """A link to a switch that told its snapshot."""

    def __init__(self) -> None:
        self.cel: Subscription

    def subscribe(self, name: str, *, events: set[str]) -> Subscription:
        self.cel = Subscription(name, events=events, limit=1000, ask=lambda: None, closed=lambda _one: None)
        self.cel.fence()
        self.cel.give_snapshot(Snapshot(1, "boot", (), ()))
        return self.cel


def event_of(row: CelRow) -> AmiEvent:
    """As Asterisk 22.10 says the line by AMI (cel_manager), as far as it is read."""
    user = row.event in MARKS
    fields = [
        ("EventName", "USER_DEFINED" if user else row.event), ("Channel", row.channel),
        ("UniqueID", row.uniqueid), ("LinkedID", row.linkedid),
        *([("UserDefType", row.event)] if user else []), ("Extra", row.extra),
    ]  # fmt: skip
    return AmiEvent(
        "CEL", "\n".join(["Event: CEL", *(f"{name}: {value}" for name, value in fields)]).encode()
    )


def leg(channel: str, uniqueid: str = "") -> Script:
    """A channel that comes and goes, with the uniqueid that it was given."""
    told = Script(5_000)
    told.start("it", channel=channel)
    told.ids["it"] = uniqueid or told.ids["it"]
    told.lines.clear()
    return told.event("CHAN_START", "it").event("ANSWER", "it").hangup("it").end("it")


def mark(said: str) -> Script:
    """A mark about another channel, by its channel of nobody."""
    told = leg("Local/paused@recording-mark-00000001;2", f"tap-mark-{uuid4()}")
    return told.event("RECORDING_PAUSED", "it", extra={"extra": said})


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        (answered_call(), len(answered_call().lines)),
        (leg("AudioSocket/127.0.0.1:9000-1"), 0),
        (leg("Local/app*daoli@talkgroup-recorder-00000001;1", f"tap-rec-{uuid4()}"), 0),
        (leg("PJSIP/songhua-unit-0000002a"), 0),
        (mark("1.1/1.1/card/li.na"), 1),
        (mark("no channel is named"), 0),
    ],
    ids=["call", "tap", "recorder", "unit-page", "mark", "damaged-mark"],
)
async def test_what_the_importer_counts_is_counted_and_nothing_else(
    storage: Storage, tmp_path: Path, told: Script, counted: int
) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes(told.data)
    importer = Importer(storage, file, "songhua")
    await importer.import_once()
    assert importer.lines_seen == counted

    link = Link()
    events = CelEvents(cast("AmiClient", link))
    await events.start()
    rows = [item.row for item in CelParser().feed(told.data) if isinstance(item, CelLine)]
    link.cel.give_live(Live(1, [event_of(row) for row in rows]))
    # Counted one after the other: the last one is of a call, so that its count is waited for.
    last = Script(9_000).start("end")
    link.cel.give_live(Live(1, [event_of(row) for row in last.rows]))
    async with asyncio.timeout(5):
        while (seen := events.seen()) is None or seen.count < counted + 1:
            await asyncio.sleep(0)
    assert (seen.epoch, seen.count) == (1, counted + 1)
    await events.stop()
