"""Short data at the centre: texts with their reports, statuses, positions, emergencies, who is there. Pure.

A text whose report does not come is sent again. One emergency that a radio says in several ways, or again and
again until it is answered, is one alarm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from radio_bridge.codecs import lip, sds
from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.sds_parts import Concatenation
from radio_bridge.drivers.tetra_pei import at, texts
from radio_bridge.drivers.tetra_pei.identity import Home, TetraIdentity

TEXT_AGAIN_S: Final = (15.0, 30.0)
TEXT_KEPT_S: Final = 3_600.0
"""A crew may look at its radio so late, and its report still counts."""
SAME_S: Final = 300.0
"""A text of the same reference and words within this time is the same one: its report was lost."""
ALARM_S: Final = 120.0
"""An emergency that is said again so soon is the same one."""
MOST_RADIOS: Final = 20_000
MOST_TEXTS: Final = 1_000
POWER_ON, POWER_OFF = 0, 1
"""Reasons of a position."""
_RECEIVED, _READ = 0, 2
_FAILED: Final = 0x40
_SHORT_RECEIVED, _SHORT_READ = 2, 3
_WANTS_RECEIVED: Final = frozenset({1, 3})


@dataclass(frozen=True, slots=True)
class SdsTransmit:
    """To a radio, as a message of type 4."""

    number: str
    data: bytes
    bits: int
    tag: int = 0


@dataclass(frozen=True, slots=True)
class TetraRegistered:
    """It was not there, and was heard."""

    radio: str


@dataclass(frozen=True, slots=True)
class SdsTextReceived:
    """A text of a radio; `acknowledge` when it is kept."""

    radio: str
    text: str
    msg_id: UUID
    key: tuple[str, int, str] | None = None


@dataclass(frozen=True, slots=True)
class StatusSaid:
    radio: str
    code: int
    msg_id: UUID


@dataclass(frozen=True, slots=True)
class SdsDelivered:
    radio: str
    ref: UUID


@dataclass(frozen=True, slots=True)
class Displayed:
    radio: str
    ref: UUID


@dataclass(frozen=True, slots=True)
class SdsFailed:
    """The radio, or the network, will not bring it."""

    radio: str
    ref: UUID
    why: str


@dataclass(frozen=True, slots=True)
class Alarmed:
    radio: str
    alarm_id: UUID


@dataclass(frozen=True, slots=True)
class TetraPosition:
    radio: str
    report: lip.LipShortReport | lip.LongReport


@dataclass(frozen=True, slots=True)
class SdsAccepted:
    """Whether the network took the first of a text's messages; said once for each `text`."""

    radio: str
    ref: UUID
    taken: bool


Step = (
    SdsTransmit
    | TetraRegistered
    | SdsTextReceived
    | StatusSaid
    | SdsDelivered
    | Displayed
    | SdsFailed
    | Alarmed
    | TetraPosition
    | SdsAccepted
)


@dataclass(slots=True)
class _SentSds:
    """A text on its way: `open` are the references that have no report yet."""

    radio: str
    ref: UUID
    messages: list[sds.SdsText]
    since: float
    due: float
    open: set[int]
    tries: int = 1
    taken: bool = False
    delivered: bool = False


@dataclass(slots=True)
class _KeptText:
    """A text of a radio that came lately: whether it is kept, and what its report is."""

    since: float
    msg_id: UUID
    reports: list[sds.SdsReport] = field(default_factory=list)
    kept: bool = False


@dataclass(slots=True)
class PeiDataCounts:
    """Since the driver was made."""

    malformed: int = 0
    nameless: int = 0
    """Messages that do not say whose they are."""
    unread: int = 0
    """Of services and protocols that are not read here."""


class PeiDataServices:
    """`present_s`: so long after it was heard a radio counts as there."""

    def __init__(
        self, now: Callable[[], float], *, present_s: float, ids: Callable[[], UUID] = uuid4
    ) -> None:
        self._now = now
        self._present_s = present_s
        self._ids = ids
        self.own: TetraIdentity | None = None
        self._radios: dict[str, float] = {}
        self._sent: dict[UUID, _SentSds] = {}
        self._tags: dict[int, tuple[UUID, int]] = {}
        self._tag = 0
        self._reference = 0
        self._said: dict[tuple[str, int, str], _KeptText] = {}
        self._parts = Concatenation()
        self._part_reports: dict[tuple[str, int], list[sds.SdsReport]] = {}
        self._alarms: dict[str, tuple[UUID, float]] = {}
        self.counts = PeiDataCounts()

    @property
    def home(self) -> Home | None:
        """Country and network of our radio; None before it has told its number."""
        return None if self.own is None else self.own.home

    def there(self) -> frozenset[str]:
        now = self._now()
        return frozenset(radio for radio, heard in self._radios.items() if now < heard + self._present_s)

    def lost(self) -> None:
        """The link is gone: nobody is known to be there."""
        self._radios.clear()

    # --- what radios say ------------------------------------------------------------------------------

    def heard(self, who: TetraIdentity) -> list[Step]:
        """A radio has said something, talked perhaps: it is there."""
        radio = who.name(self.home)
        if self.own is not None and radio == self.own.name(self.home):
            return []
        known = radio in self.there()
        if radio in self._radios or len(self._radios) < MOST_RADIOS:
            self._radios[radio] = self._now()
        return [] if known else [TetraRegistered(radio)]

    def alarm(self, who: TetraIdentity) -> list[Step]:
        """An emergency, however it was said."""
        radio = who.name(self.home)
        known = self._alarms.get(radio)
        now = self._now()
        if known is not None and now < known[1] + ALARM_S:
            self._alarms[radio] = (known[0], now)
            return []
        if len(self._alarms) >= MOST_TEXTS:
            self._alarms.pop(next(iter(self._alarms)))
        alarm_id = self._ids()
        self._alarms[radio] = (alarm_id, now)
        return [Alarmed(radio, alarm_id)]

    def short_data(self, message: at.ShortData) -> list[Step]:
        """What came to us, or to a group that we are on."""
        if message.calling is None:
            self.counts.nameless += 1
            return []
        if message.service not in {at.TYPE_4, at.STATUS} or (message.service == at.STATUS) != (
            message.bits == 16
        ):
            # Sixteen bits of another service are no status.
            self.counts.unread += 1
            return self.heard(message.calling)
        try:
            content = sds.decode(message.data, message.bits)
        except Undecodable:
            self.counts.malformed += 1
            return self.heard(message.calling)
        steps = self.heard(message.calling)
        return steps + self._content(message.calling, content, ours=self._is_own(message.called))

    def _is_own(self, called: TetraIdentity) -> bool:
        return self.own is None or called.name(self.home) == self.own.name(self.home)

    def _content(self, who: TetraIdentity, content: sds.Sds, *, ours: bool) -> list[Step]:
        radio = who.name(self.home)
        match content:
            case sds.SdsStatus(value):
                return self.alarm(who) if content.emergency else [StatusSaid(radio, value, self._ids())]
            case sds.SdsPosition(report):
                return self._position(who, report)
            case sds.SimpleText(_, _, text):
                return [SdsTextReceived(radio, text, self._ids())]
            case sds.SdsText():
                return self._text(radio, content, ours=ours)
            case sds.SdsReport() | sds.SdsShortReport():
                return self._report_of(radio, content, ours=ours)
            case _:
                self.counts.unread += 1
                return []

    def _report_of(self, radio: str, report: sds.SdsReport | sds.SdsShortReport, *, ours: bool) -> list[Step]:
        if isinstance(report, sds.SdsShortReport):
            status = {_SHORT_RECEIVED: _RECEIVED, _SHORT_READ: _READ}.get(report.outcome, _FAILED)
            return self._reported(radio, report.reference, status)
        answer = sds.SdsAck(report.pid, report.status, report.reference)
        said = self._transmit(radio, answer) if report.wants_ack and ours else []
        return said + self._reported(radio, report.reference, report.status)

    def _position(self, who: TetraIdentity, report: lip.Lip) -> list[Step]:
        if isinstance(report, lip.OtherLip):
            self.counts.unread += 1
            return []
        radio = who.name(self.home)
        steps: list[Step] = self.alarm(who) if report.emergency else []
        if report.reason == POWER_OFF:
            self._radios.pop(radio, None)
        return [*steps, TetraPosition(radio, report)] if report.fixed else steps

    def _text(self, radio: str, text: sds.SdsText, *, ours: bool) -> list[Step]:
        wanted = ours and text.report in _WANTS_RECEIVED
        reports = [sds.SdsReport(text.pid, _RECEIVED, text.reference)] if wanted else []
        words = text.text
        reference = text.reference
        if text.part is not None:
            # Each part asks for its own report, and has it when the whole text is kept.
            key = (radio, text.part.reference)
            if len(self._part_reports) >= MOST_TEXTS:
                self._part_reports.pop(next(iter(self._part_reports)))
            kept = self._part_reports.setdefault(key, [])
            kept += [one for one in reports if one not in kept][: texts.REFERENCES]
            whole = self._parts.add(radio, text.part, words, self._now())
            if whole is None:
                return self._part_again(radio, text, reports)
            words, reference, reports = whole, text.part.reference, self._part_reports.pop(key)
        known = (radio, reference, words)
        memory = self._said.get(known)
        if memory is not None:
            return self._report(radio, reports) if memory.kept else []
        if len(self._said) >= MOST_TEXTS:
            self._said.pop(next(iter(self._said)))
        memory = self._said[known] = _KeptText(self._now(), self._ids(), reports)
        return [SdsTextReceived(radio, words, memory.msg_id, known)]

    def _part_again(self, radio: str, text: sds.SdsText, reports: Sequence[sds.SdsReport]) -> list[Step]:
        """A part of a text that is kept: its report was lost."""
        if text.part is None:
            return []
        for (said_by, reference, words), memory in self._said.items():
            if (said_by, reference) == (radio, text.part.reference) and text.text in words and memory.kept:
                return self._report(radio, reports)
        return []

    def acknowledge(self, said: SdsTextReceived) -> list[Step]:
        """The text is kept: the radio may know."""
        memory = None if said.key is None else self._said.get(said.key)
        if memory is None:
            return []
        memory.kept = True
        return self._report(said.radio, memory.reports)

    def forget(self, said: SdsTextReceived) -> None:
        """It could not be kept: when it comes again, it is new."""
        if said.key is not None:
            self._said.pop(said.key, None)

    def _report(self, radio: str, reports: Sequence[sds.SdsReport]) -> list[Step]:
        return [step for one in reports for step in self._transmit(radio, one)]

    def _reported(self, radio: str, reference: int, status: int) -> list[Step]:
        """On a message of ours: all of them have to arrive, and one that is read stands for the text."""
        for one in self._sent.values():
            references = {message.reference for message in one.messages}
            if one.radio != radio or reference not in references:
                continue
            if sds.SdsReport(0, status, 0).failed:
                return self._failed(one, status)
            one.open.discard(reference)
            if one.open or status not in {_RECEIVED, _READ}:
                return []
            steps: list[Step] = [] if one.delivered else [SdsDelivered(radio, one.ref)]
            one.delivered = True
            if status == _READ:
                del self._sent[one.ref]
                steps.append(Displayed(radio, one.ref))
            return steps
        return []

    def _failed(self, one: _SentSds, status: int) -> list[Step]:
        if one.delivered:
            return []
        del self._sent[one.ref]
        return [SdsFailed(one.radio, one.ref, f"report_{status:02x}")]

    # --- texts to radios ------------------------------------------------------------------------------

    def text(self, number: str, ref: UUID, words: str) -> list[Step]:
        """The same text again, while its report is awaited, is sent once."""
        if ref in self._sent:
            return []
        messages = texts.messages(words, self._next_references(words))
        if len(self._sent) >= MOST_TEXTS:
            self._sent.pop(next(iter(self._sent)))
        now = self._now()
        one = _SentSds(
            number, ref, messages, now, now + TEXT_AGAIN_S[0], {message.reference for message in messages}
        )
        self._sent[ref] = one
        return self._send(one)

    def waits(self, ref: UUID) -> bool:
        """Whether a text was sent that has no report yet."""
        return ref in self._sent

    def give_up(self, ref: UUID) -> None:
        """It is not sent any more."""
        self._sent.pop(ref, None)

    def fate(self, tag: int, *, sent: bool) -> list[Step]:
        """What the radio at the interface says of one of our messages."""
        ref, _ = self._tags.pop(tag, (None, 0))
        one = None if ref is None else self._sent.get(ref)
        if one is None or ref is None:
            return []
        if sent:
            first, one.taken = not one.taken, True
            return [SdsAccepted(one.radio, ref, taken=True)] if first else []
        if one.taken:
            return []
        # The network has no such radio now.
        del self._sent[ref]
        self._radios.pop(one.radio, None)
        return [SdsAccepted(one.radio, ref, taken=False)]

    def tick(self) -> list[Step]:
        """Texts without a report are sent again; what is old is forgotten."""
        now = self._now()
        steps: list[Step] = []
        for one in list(self._sent.values()):
            if now >= one.since + TEXT_KEPT_S:
                del self._sent[one.ref]
            elif now >= one.due and one.tries <= len(TEXT_AGAIN_S) and not one.delivered:
                one.tries += 1
                last = one.tries > len(TEXT_AGAIN_S)
                one.due = one.since + TEXT_KEPT_S if last else now + TEXT_AGAIN_S[one.tries - 1]
                steps += self._send(one)
        for said in [said for said, memory in self._said.items() if now >= memory.since + SAME_S]:
            del self._said[said]
        present = self.there()
        for radio in [radio for radio in self._radios if radio not in present]:
            del self._radios[radio]
        return steps

    def _send(self, one: _SentSds) -> list[Step]:
        """What of it has no report yet."""
        steps: list[Step] = []
        for message in one.messages:
            if message.reference not in one.open:
                continue
            self._tag += 1
            if len(self._tags) >= MOST_TEXTS:
                self._tags.pop(next(iter(self._tags)))
            self._tags[self._tag] = (one.ref, message.reference)
            data = sds.encode(message)
            steps.append(SdsTransmit(one.radio, data, 8 * len(data), self._tag))
        return steps

    def _next_references(self, words: str) -> int:
        """The first of as many as its messages need; references of texts on their way are not given again
        while there are others.
        """
        used = {
            message.reference
            for one in self._sent.values()
            for message in one.messages
        }  # fmt: skip
        needed = len(texts.messages(words, 0))
        for _ in range(texts.REFERENCES):
            first = self._reference
            self._reference = (self._reference + needed) % texts.REFERENCES
            if not used & {(first + number) % texts.REFERENCES for number in range(needed)}:
                return first
        return self._reference

    def _transmit(self, radio: str, content: sds.Sds) -> list[Step]:
        data = sds.encode(content)
        return [SdsTransmit(radio, data, 8 * len(data))]
