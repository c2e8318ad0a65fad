"""What a leg's recogniser is asked to expect: the language that was heard, and only its words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

from speech.directory import AnnouncedTaps
from speech.engines.port import Expected, Hypothesis
from speech.events import TapAnnounced, TranscriptSegment
from speech.model import TapInfo
from speech.ports import DurableEvent
from speech.stream import LegStream
from speech.vad import VoiceGate
from speech.workers.job import RecognitionJob
from speech.workers.pool import WorkerPool
from tests.speech.fakes import silence, spoken

WORDS = {"zh": ("井盖",), "en": ("manhole",)}


class Pool:
    """Answers each utterance at once with the language that is told, as an engine would decide."""

    def __init__(self, likelihoods: dict[str, float]) -> None:
        self.likelihoods = likelihoods
        self.asked: list[Expected] = []
        self.nothing = False

    def begin(
        self,
        expected: Expected,
        on_heard: Callable[[Hypothesis], None],
        on_done: Callable[[bool], None],
        *,
        late: bool = False,
    ) -> RecognitionJob:
        self.asked.append(expected)
        return RecognitionJob(len(self.asked), expected, on_heard, on_done)

    def feed(self, job: RecognitionJob, pcm: bytes) -> None:
        """The audio itself says nothing here."""

    def end(self, job: RecognitionJob) -> None:
        language = job.expected.language(self.likelihoods)
        shares = None if job.expected.is_certain else self.likelihoods
        partial = Hypothesis("…", final=False, language=language, likelihoods=shares)
        job.on_heard(partial)
        if not self.nothing:
            job.on_heard(Hypothesis("text", final=True, language=language, likelihoods=shares))
        job.on_done(True)


class Outlet:
    def __init__(self) -> None:
        self.finals: list[TranscriptSegment] = []
        self.partials: list[TranscriptSegment] = []

    def partial(self, event: TranscriptSegment) -> None:
        self.partials.append(event)

    def durable(self, event: DurableEvent) -> None:
        if isinstance(event, TranscriptSegment):
            self.finals.append(event)


def leg(pool: Pool, info: TapInfo, sink: Outlet) -> LegStream:
    return LegStream(
        info,
        cast("WorkerPool", pool),
        VoiceGate(),
        sink,
        languages=["zh", "en"],
        engine="none",
        node="n",
        started=0.0,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        monotonic=lambda: 0.0,
    )


async def tapped(**fields: object) -> TapInfo:
    """What a node makes of an announcement."""
    taps = AnnouncedTaps()
    head = {"tap_id": uuid4(), "call_id": uuid4(), "leg_id": uuid4(), "speaker": "citizen"}
    event = TapAnnounced.model_validate({**head, **fields})
    taps.announce(event)
    return await taps.resolve(event.tap_id)


def say(stream: LegStream, times: int = 1) -> None:
    pcm = spoken() + silence(0.8)
    for _ in range(times):
        stream.feed(pcm, 1e9)


async def test_a_leg_that_speaks_another_language_than_its_call_is_understood_in_its_own() -> None:
    pool, sink = Pool({"zh": 0.01, "en": 0.99}), Outlet()
    stream = leg(pool, await tapped(language="auto", likely="zh", hints_by_language=WORDS), sink)
    say(stream, 2)
    first, second = pool.asked
    assert first.languages["zh"] > first.languages["en"]
    assert second.languages["en"] > 0.9
    assert [final.language for final in sink.finals] == ["en", "en"]
    assert {partial.language for partial in sink.partials} == {"en"}


async def test_each_language_comes_with_its_own_words_only() -> None:
    pool = Pool({"zh": 0.5, "en": 0.5})
    say(leg(pool, await tapped(language="auto", hints=["井盖"], hints_by_language=WORDS), Outlet()))
    (asked,) = pool.asked
    assert (asked.words("zh"), asked.words("en")) == (("井盖",), ("manhole",))


async def test_a_set_language_is_not_in_question() -> None:
    pool, sink = Pool({"zh": 0.01, "en": 0.99}), Outlet()
    say(leg(pool, await tapped(language="zh", hints=["井盖"]), sink))
    (asked,) = pool.asked
    assert asked.is_certain
    assert asked.words("zh") == ("井盖",)
    assert sink.finals[0].language == "zh"


async def test_what_is_taken_back_names_the_language_that_was_shown() -> None:
    pool, sink = Pool({"zh": 0.01, "en": 0.99}), Outlet()
    pool.nothing = True
    say(leg(pool, await tapped(language="auto", likely="zh"), sink))
    (final,) = sink.finals
    assert (final.text, final.language) == ("", "en")
