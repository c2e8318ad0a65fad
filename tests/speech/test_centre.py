"""The centre's side of speech: how a tap is announced, and that a transcript that falls behind is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest

from core.events import Event
from gateway.mqtt.link import MqttLink
from gateway.mqtt.message import Received
from gateway.mqtt.speech import SpeechCentreLink
from gateway.wiring.hotline import Announcer
from hotline.ports import TapAnnouncement
from speech.events import Language, SpeechCapacity, TranscriptGap, TranscriptSegment

WHERE: dict[str, Any] = {
    "call_id": uuid4(), "leg_id": uuid4(), "segment_id": uuid4(), "speaker": "citizen",
    "start_s": 1.0, "end_s": 2.0, "started_at": datetime(2026, 11, 25, 13, tzinfo=UTC),
}  # fmt: skip
WORDS = {"zh": ["井盖"], "en": ["manhole"]}


class Link:
    """Keeps what is published; hands over what a test says has arrived."""

    tenant = "harbin"
    connected = True

    def __init__(self) -> None:
        self.handlers: dict[str, Any] = {}
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def subscribe(self, topic: str, handler: Any, *, name: str) -> None:
        self.handlers[name] = handler

    async def publish(self, topic: str, payload: bytes, **_: object) -> None:
        self.sent.append((topic, json.loads(payload)))


def centre(link: Link) -> SpeechCentreLink:
    async def deliver(_: Event) -> None: ...

    return SpeechCentreLink(cast("MqttLink", link), deliver=deliver, show=lambda _: None)


async def test_words_that_may_go_no_further_are_neither_shown_nor_delivered() -> None:
    """Or what stands in their place is."""
    link, shown, delivered = Link(), [], []  # type: ignore[var-annotated]
    places: dict[bool, Event | None] = {True: gap(), False: None}

    async def deliver(event: Event) -> None:
        delivered.append(event)

    SpeechCentreLink(
        cast("MqttLink", link), deliver=deliver, show=shown.append, admit=lambda words: places[words.final]
    )
    for final in (False, True):
        payload = json.dumps(words(final=final).envelope()).encode()
        await link.handlers["speech-segment"](Received("v1/harbin/speech/n1/segment", payload))
    assert shown == []
    assert delivered == [places[True]]


def words(*, final: bool) -> TranscriptSegment:
    return TranscriptSegment(**WHERE, text="六二二", final=final, language="zh", engine="simulated")


def gap() -> TranscriptGap:
    return TranscriptGap(**WHERE, reason="paused")


async def says(link: Link, **fields: object) -> None:
    capacity: dict[str, object] = {
        "node": "n1",
        "host": "127.0.0.1",
        "port": 1,
        "engine": "whisper",
        "languages": ["zh", "en"],
        "streams_max": 8,
        "streams_used": 2,
        "workers_ready": 1,
        "workers_max": 1,
        "shedding": False,
    }
    event = SpeechCapacity.model_validate({**capacity, **fields})
    payload = json.dumps(event.envelope()).encode()
    await link.handlers["speech-state"](Received("v1/harbin/speech/n1/state", payload))


@pytest.mark.parametrize(
    ("workers", "backlog", "told"),
    [(1, 0, False), (1, 1, False), (1, 2, True), (2, 2, False), (2, 5, True)],
)
async def test_more_utterances_than_recognisers_are_told(workers: int, backlog: int, told: bool) -> None:
    link = Link()
    side = centre(link)
    await says(link, workers_ready=workers, backlog=backlog)
    health = side.health()
    assert health.state == "up"
    assert health.why.startswith(f"{backlog} utterances wait") is told
    await says(link, workers_ready=workers, backlog=0)
    assert side.health().why == ""


async def test_a_node_without_workers_is_not_up_whatever_waits() -> None:
    link = Link()
    side = centre(link)
    await says(link, workers_ready=0, backlog=3)
    assert side.health().state == "degraded"


@pytest.mark.parametrize(("call", "likely"), [("zh", "zh"), ("en", "en"), ("", None), ("fr", None)])
async def test_a_tap_begins_with_the_calls_language_and_has_the_words_of_each(
    call: str, likely: str | None
) -> None:
    def hints(language: Language) -> list[str]:
        return WORDS[language]

    link = Link()
    tap = TapAnnouncement(uuid4(), uuid4(), uuid4(), "citizen", call, "n1", ("Wang",))
    await Announcer(centre(link), hints).announce(tap)
    ((topic, sent),) = link.sent
    assert topic == "v1/harbin/speech/n1/tap"
    assert (sent["language"], sent["likely"]) == ("auto", likely)
    assert sent["hints_by_language"] == {"zh": ["Wang", "井盖"], "en": ["Wang", "manhole"]}
    assert sent["hints"] == ["Wang", *WORDS[likely or "zh"]]


async def test_nodes_of_another_switch_are_not_ours() -> None:
    link = Link()
    shown: list[Event] = []

    async def deliver(event: Event) -> None:
        shown.append(event)

    side = SpeechCentreLink(cast("MqttLink", link), deliver=deliver, show=shown.append, nodes=["n1"])
    said = words(final=True)
    payload = json.dumps(said.envelope()).encode()
    for node in ("n2", "n1"):
        await link.handlers["speech-segment"](Received(f"v1/harbin/speech/{node}/segment", payload))
    assert shown == [said]
    assert side.online() == ()
