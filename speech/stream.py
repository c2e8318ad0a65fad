"""One leg's audio on its way to text: arrival times, the voice gate, one job for each utterance.

Each utterance ends as exactly one of: a final segment, a gap, or nothing when it was no speech.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID, uuid5

from core.ids import uuid7
from core.metrics import counter, histogram
from speech.engines.port import Expected, Hypothesis, certain
from speech.events import TranscriptEnded, TranscriptGap, TranscriptSegment
from speech.language import LanguageEstimate
from speech.model import BYTES_PER_SECOND, TapInfo, Timeline
from speech.ports import DurableEvent
from speech.vad import Began, GateOutcome, UtteranceFinished, Voiced, VoiceGate
from speech.workers.job import RecognitionJob
from speech.workers.pool import WorkerPool

_segments = counter("speech_segments", "Final segments", ["speaker"])
_gaps = counter("speech_gaps", "Utterances without text", ["why"])
_latency = histogram(
    "speech_final_latency_seconds",
    "From the end of an utterance at the gate to its final text",
    [0.25, 0.5, 1, 2, 3, 5, 8, 13, 30],
)


WHOLE_WITHIN_S = 0.5


class StreamSink(Protocol):
    """Where a stream's events go."""

    def partial(self, event: TranscriptSegment) -> None:
        """Live text, replaced by the next one with its segment id; it may be lost."""
        ...

    def durable(self, event: DurableEvent) -> None:
        """A final, a gap or the end: delivered at least once."""
        ...


@dataclass(slots=True)
class _StreamUtterance:
    start_s: float
    segment_id: UUID = field(default_factory=uuid7)
    seconds: float = 0.0
    job: RecognitionJob | None = None
    finished_at: float | None = None
    language: str = ""
    shown: bool = False
    final: bool = False


class LegStream:
    """Feed it what arrives; it never blocks and never raises for what the audio holds."""

    def __init__(
        self,
        info: TapInfo,
        pool: WorkerPool,
        gate: VoiceGate,
        sink: StreamSink,
        *,
        languages: Sequence[str],
        engine: str,
        node: str,
        started: float,
        started_at: datetime,
        monotonic: Callable[[], float],
    ) -> None:
        self._info = info
        self._pool = pool
        self._gate = gate
        self._sink = sink
        self._belief = LanguageEstimate(languages, info.likely)
        self._engine = engine
        self._node = node
        self._started_at = started_at
        self._monotonic = monotonic
        self._late = info.late
        if self._late is not None:
            self._started_at = self._late.started_at
        self._timeline = Timeline(started, counted=self._late is not None)
        self._refused = 0
        self._current: _StreamUtterance | None = None
        self._pending = 0
        self._segments = self._gaps = 0
        self._closed = False

    def feed(self, pcm: bytes, now: float) -> None:
        if self._timeline.arrived(len(pcm) // 2, now) is not None:
            self._take(self._gate.flush())
        self._take(self._gate.feed(pcm))

    def silent(self) -> None:
        """Nothing comes: what was said is over, as before a pause that is heard."""
        if self._current is not None:
            self._take(self._gate.flush())

    def close(self) -> None:
        """No more audio; `TranscriptEnded` follows when the last utterance is done."""
        if self._closed:
            return
        self._take(self._gate.flush())
        self._closed = True
        self._perhaps_ended()

    @property
    def busy(self) -> bool:
        """An utterance that was spoken to its end has no text yet."""
        spoken = self._current is not None and self._current.job is not None
        return self._pending > int(spoken)

    def _take(self, outcomes: Iterable[GateOutcome]) -> None:
        for outcome in outcomes:
            self._one(outcome)

    def _one(self, outcome: GateOutcome) -> None:
        match outcome:
            case Began(sample):
                self._begin(sample)
            case Voiced(pcm) if self._current is not None:
                self._current.seconds += len(pcm) / BYTES_PER_SECOND
                if self._current.job is not None:
                    self._pool.feed(self._current.job, pcm)
            case UtteranceFinished() if self._current is not None:
                self._finish(self._current)
                self._current = None

    def _begin(self, sample: int) -> None:
        utterance = _StreamUtterance(start_s=self._timeline.seconds_at(sample))
        if self._late is not None:
            # The same sound gives the same utterances: a second attempt adds nothing to the first one's.
            utterance.segment_id = uuid5(self._late.gap_id, str(sample))
        self._current = utterance
        utterance.job = self._pool.begin(
            self._expected(),
            lambda hypothesis: self._heard(utterance, hypothesis),
            lambda whole: self._done(utterance, whole=whole),
        )
        if utterance.job is not None:
            utterance.job.late = self._late is not None
        self._pending += utterance.job is not None

    def _expected(self) -> Expected:
        info = self._info
        if info.language != "auto":
            return certain(info.language, info.words(info.language))
        shares = self._belief.shares()
        return Expected(shares, {name: info.words(name) for name in shares})

    def _finish(self, utterance: _StreamUtterance) -> None:
        utterance.finished_at = self._monotonic()
        if utterance.job is None:
            self._gap(utterance, "overload")
        else:
            self._pool.end(utterance.job)

    def _heard(self, utterance: _StreamUtterance, hypothesis: Hypothesis) -> None:
        utterance.language = hypothesis.language
        event = self._segment(utterance, hypothesis)
        if not hypothesis.final:
            if self._late is None:
                utterance.shown = True
                self._sink.partial(event)
            return
        utterance.final = True
        if hypothesis.likelihoods is not None:
            self._belief.heard(hypothesis.likelihoods, utterance.seconds)
        self._segments += 1
        _segments.labels(self._info.speaker).inc()
        if utterance.finished_at is not None:
            _latency.observe(self._monotonic() - utterance.finished_at)
        self._sink.durable(event)

    def _done(self, utterance: _StreamUtterance, *, whole: bool) -> None:
        self._pending -= 1
        if not whole and not utterance.final:
            self._gap(utterance, "engine")
        elif utterance.shown and not utterance.final:
            # Partials were shown for what turned out to be nothing: an empty final takes them back.
            nothing = Hypothesis("", final=True, language=utterance.language)
            self._sink.durable(self._segment(utterance, nothing))
        self._perhaps_ended()

    def _segment(self, utterance: _StreamUtterance, hypothesis: Hypothesis) -> TranscriptSegment:
        return TranscriptSegment(
            call_id=self._info.call_id,
            leg_id=self._info.leg_id,
            segment_id=utterance.segment_id,
            speaker=self._info.speaker,
            text=hypothesis.text,
            final=hypothesis.final,
            start_s=round(utterance.start_s, 3),
            end_s=round(utterance.start_s + utterance.seconds, 3),
            started_at=self._wall(utterance.start_s),
            language=hypothesis.language,
            engine=self._engine,
            confidence=hypothesis.confidence,
            certainty=hypothesis.certainty,
            node=self._node,
            gap_id=self._late.gap_id if self._late else None,
        )

    def _gap(self, utterance: _StreamUtterance, reason: Literal["overload", "engine"]) -> None:
        self._gaps += 1
        _gaps.labels(reason).inc()
        if self._late is not None:
            self._refused += reason == "overload"
            return  # the gap that it should fill is marked already
        self._sink.durable(
            TranscriptGap(
                call_id=self._info.call_id,
                leg_id=self._info.leg_id,
                segment_id=utterance.segment_id,
                speaker=self._info.speaker,
                start_s=round(utterance.start_s, 3),
                end_s=round(utterance.start_s + utterance.seconds, 3),
                started_at=self._wall(utterance.start_s),
                reason=reason,
                node=self._node,
            )
        )

    def _perhaps_ended(self) -> None:
        if not self._closed or self._pending:
            return
        self._sink.durable(
            TranscriptEnded(
                call_id=self._info.call_id,
                leg_id=self._info.leg_id,
                tap_id=self._info.tap_id,
                segments=self._segments,
                gaps=self._gaps,
                node=self._node,
                gap_id=self._late.gap_id if self._late else None,
                whole=self._is_whole,
            )
        )

    @property
    def _is_whole(self) -> bool:
        """All of a recording's sound has come and been worked on. A live tap is as long as it is."""
        if self._late is None:
            return True
        return not self._refused and self._timeline.position >= self._late.seconds - WHOLE_WITHIN_S

    def _wall(self, seconds: float) -> datetime:
        return self._started_at + timedelta(seconds=seconds)
