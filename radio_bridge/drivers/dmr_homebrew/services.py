"""MOTOTRBO's services at the centre: who registers (ARS), where radios are (LRRP), texts (TMS). Pure.

A radio says where it is only after its registration was answered. A text without a report is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from radio_bridge.codecs import ars, lrrp, tms
from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.dmr import datagram, packet
from radio_bridge.codecs.dmr.data_header import AccessPoint
from radio_bridge.codecs.dmr.datagram import CENTRE_NET, IpDatagram, address_of
from radio_bridge.codecs.dmrd import DataType, Frame
from radio_bridge.drivers.dmr_homebrew.air import Slot

REFRESH_S: Final = 1800
REGISTERED_S: Final = 1.5 * REFRESH_S
HEARD_S: Final = 600.0
"""A radio that talks without registering counts as there for so long."""
TEXT_AGAIN_S: Final = (8.0, 16.0)
TEXT_KEPT_S: Final = 600.0
SAME_S: Final = 300.0
"""A text of the same number and words within this time is the same one: its report was lost."""
MOST_RADIOS: Final = 20_000
MOST_TEXTS: Final = 1_000
MOST_SIGNS: Final = 280
_REQUEST_ID: Final = b"\x00\x00\x00\x01"
_ASKED_ID: Final = b"\x00\x00\x00\x02"


@dataclass(frozen=True, slots=True)
class DmrTransmit:
    """To a radio, by this slot of this station."""

    where: Slot
    radio: int
    bursts: list[tuple[DataType, bytes]]


@dataclass(frozen=True, slots=True)
class DmrRegistered:
    radio: int


@dataclass(frozen=True, slots=True)
class DmrTextReceived:
    """A text of a radio; `acknowledge` when it is kept."""

    radio: int
    text: tms.TmsText


@dataclass(frozen=True, slots=True)
class DmrTextDelivered:
    radio: int
    ref: UUID


@dataclass(frozen=True, slots=True)
class DmrPosition:
    radio: int
    place: lrrp.LrrpPosition


Step = DmrTransmit | DmrRegistered | DmrTextReceived | DmrTextDelivered | DmrPosition


@dataclass(slots=True)
class _Radio:
    where: Slot
    heard: float
    registered_until: float = 0.0
    sequence: int = 0


@dataclass(slots=True)
class _SentText:
    ref: UUID
    octets: bytes
    since: float
    due: float
    tries: int = 1


@dataclass(slots=True)
class HomebrewDataCounts:
    """Since the driver was made."""

    malformed: int = 0
    pretended: int = 0
    """Packets whose address is not that of the radio that sent them."""
    refused: int = 0
    """Requests for a position that a radio did not answer with one."""


@dataclass(slots=True)
class _Memory:
    """Texts of radios that came lately: whether they are kept."""

    since: float
    kept: bool = field(default=False)


class HomebrewDataServices:
    """As the centre's number; 0 is nobody, and only who was heard is known then."""

    def __init__(
        self, centre_id: int, *, colour_code: int, location_every_s: int, now: Callable[[], float]
    ) -> None:
        self._centre = centre_id
        self._colour = colour_code
        self._every_s = location_every_s
        self._now = now
        self._assembler = packet.Assembler()
        self._radios: dict[int, _Radio] = {}
        self._sent: dict[tuple[int, int], _SentText] = {}
        self._said: dict[tuple[int, int, str], _Memory] = {}
        self.counts = HomebrewDataCounts()

    def there(self) -> frozenset[int]:
        """The radios that are registered, or were heard lately."""
        now = self._now()
        return frozenset(number for number, one in self._radios.items() if self._until(one) > now)

    def heard(self, station: int, frame: Frame) -> list[Step]:
        """A burst: who sent it is there, and what it carries may be for us."""
        if frame.source == self._centre:
            return []
        self._note(station, frame)
        if frame.data_type not in {DataType.DATA_HEADER, DataType.RATE_12, DataType.RATE_34}:
            return []
        try:
            whole = self._assembler.take(frame, self._now())
            if whole is None or whole.header.target != self._centre or whole.header.group:
                return []
            return self._packet(whole)
        except Undecodable:
            self.counts.malformed += 1
            return []

    def lost(self, station: int) -> None:
        """The station is gone, and the radios that were heard by it."""
        for number in [number for number, one in self._radios.items() if one.where[0] == station]:
            del self._radios[number]

    def text(self, radio: int, ref: UUID, text: str) -> list[Step] | None:
        """None: the radio is not there. A text that is longer than a radio shows is cut."""
        if radio not in self.there() or not self._centre:
            return None
        if any(one.ref == ref for one in self._sent.values()):
            return []
        known = self._radios[radio]
        known.sequence = (known.sequence + 1) % tms.SEQUENCES
        message = tms.TmsText(known.sequence, _cut(text))
        octets = tms.encode(message)
        if len(self._sent) >= MOST_TEXTS:
            self._sent.pop(next(iter(self._sent)))
        now = self._now()
        self._sent[radio, known.sequence] = _SentText(ref, octets, now, now + TEXT_AGAIN_S[0])
        return self._transmit(radio, tms.PORT, octets)

    def ask_place(self, radio: int) -> list[Step] | None:
        """Ask it once, now; None: it is not registered, and would not answer."""
        known = self._radios.get(radio)
        if known is None or known.registered_until <= self._now() or not self._centre:
            return None
        return self._transmit(radio, lrrp.PORT, lrrp.encode(lrrp.immediate_request(_ASKED_ID)))

    def acknowledge(self, radio: int, text: tms.TmsText) -> list[Step]:
        """The text is kept: the radio may know."""
        memory = self._said.get((radio, text.sequence, text.text))
        if memory is not None:
            memory.kept = True
        return (
            self._transmit(radio, tms.PORT, tms.encode(tms.TmsAck(text.sequence))) if text.wants_ack else []
        )

    def forget(self, radio: int, text: tms.TmsText) -> None:
        """It could not be kept: when it comes again, it is new."""
        self._said.pop((radio, text.sequence, text.text), None)

    def tick(self) -> list[Step]:
        """Texts without a report are sent again; what is old is forgotten."""
        now = self._now()
        steps: list[Step] = []
        for (radio, _), one in list(self._sent.items()):
            if now < one.due:
                continue
            if one.tries <= len(TEXT_AGAIN_S):
                one.tries += 1
                last = one.tries > len(TEXT_AGAIN_S)
                one.due = one.since + TEXT_KEPT_S if last else now + TEXT_AGAIN_S[one.tries - 1]
                steps += self._transmit(radio, tms.PORT, one.octets)
        for key in [key for key, one in self._sent.items() if now >= one.since + TEXT_KEPT_S]:
            del self._sent[key]
        for said in [said for said, memory in self._said.items() if now >= memory.since + SAME_S]:
            del self._said[said]
        for number in [number for number, one in self._radios.items() if now >= self._until(one)]:
            del self._radios[number]
        return steps

    # --- what comes -----------------------------------------------------------------------------------

    def _note(self, station: int, frame: Frame) -> None:
        known = self._radios.get(frame.source)
        where = (station, frame.slot)
        if known is not None:
            known.where, known.heard = where, self._now()
        elif len(self._radios) < MOST_RADIOS:
            self._radios[frame.source] = _Radio(where, self._now())

    def _until(self, one: _Radio) -> float:
        return max(one.registered_until, one.heard + HEARD_S)

    def _packet(self, whole: packet.DmrPacket) -> list[Step]:
        radio = whole.header.source
        steps: list[Step] = []
        if whole.header.confirmed and whole.header.wants_response and radio in self._radios:
            answer = packet.received(whole.header, self._colour)
            steps.append(DmrTransmit(self._radios[radio].where, radio, [answer]))
        try:
            contents = whole.contents()
        except Undecodable:
            # It came whole, and would come again if nobody said so.
            self.counts.malformed += 1
            return steps
        if contents.source is not None and int(contents.source) & 0xFFFFFF != radio:
            self.counts.pretended += 1
            return steps
        return steps + self._datagram(radio, contents)

    def _datagram(self, radio: int, contents: IpDatagram) -> list[Step]:
        match contents.target_port:
            case ars.PORT:
                return self._ars(radio, ars.decode(contents.payload))
            case lrrp.PORT:
                return self._lrrp(radio, lrrp.decode(contents.payload))
            case tms.PORT:
                return self._tms(radio, tms.decode(contents.payload))
        return []

    def _ars(self, radio: int, message: ars.Ars) -> list[Step]:
        known = self._radios.get(radio)
        if known is None:
            return []
        if isinstance(message, ars.ArsRegistration):
            known.registered_until = self._now() + REGISTERED_S
            person = message.kind is ars.ArsKind.USER_REGISTRATION
            kind = ars.ArsKind.USER_RESPONSE if person else ars.ArsKind.RESPONSE
            steps: list[Step] = []
            if message.wants_ack:
                answer = ars.ArsResponse(kind, refresh_s=REFRESH_S)
                steps += self._transmit(radio, ars.PORT, ars.encode(answer))
            if self._every_s and not person:
                asked = lrrp.triggered_request(_REQUEST_ID, self._every_s)
                steps += self._transmit(radio, lrrp.PORT, lrrp.encode(asked))
            return [*steps, DmrRegistered(radio)]
        if isinstance(message, ars.Notice) and message.kind is ars.ArsKind.DEREGISTRATION:
            del self._radios[radio]
        return []

    def _lrrp(self, radio: int, document: lrrp.Document) -> list[Step]:
        if document.kind in lrrp.REQUESTS:
            return []
        place = document.place
        if place.lon is None or place.lat is None or (place.lon == 0 and place.lat == 0):
            self.counts.refused += bool(place.result)
            return []
        return [DmrPosition(radio, place)]

    def _tms(self, radio: int, message: tms.Tms) -> list[Step]:
        match message:
            case tms.TmsText():
                return self._text(radio, message)
            case tms.TmsAck(int() as sequence):
                # Some radios answer with the number's low five bits alone.
                sent = self._sent.pop((radio, sequence), None) or self._sent_low(radio, sequence)
                return [] if sent is None else [DmrTextDelivered(radio, sent.ref)]
            case tms.Availability(wants_ack=True):
                return self._transmit(radio, tms.PORT, tms.encode(tms.TmsAck(None)))
        return []

    def _text(self, radio: int, text: tms.TmsText) -> list[Step]:
        key = (radio, text.sequence, text.text)
        memory = self._said.get(key)
        if memory is not None:
            return self.acknowledge(radio, text) if memory.kept else []
        if len(self._said) >= MOST_TEXTS:
            self._said.pop(next(iter(self._said)))
        self._said[key] = _Memory(self._now())
        return [DmrTextReceived(radio, text)]

    def _sent_low(self, radio: int, sequence: int) -> _SentText | None:
        found = [key for key in self._sent if key[0] == radio and key[1] & 0x1F == sequence]
        return self._sent.pop(found[0]) if len(found) == 1 else None

    def _transmit(self, radio: int, port: int, octets: bytes) -> list[Step]:
        known = self._radios.get(radio)
        if known is None:
            return []
        contents = IpDatagram(port, port, octets, address_of(self._centre, CENTRE_NET), address_of(radio))
        bursts = packet.bursts(
            datagram.to_ip(contents), source=self._centre, target=radio, service=AccessPoint.IP,
            colour_code=self._colour,
        )  # fmt: skip
        return [DmrTransmit(known.where, radio, bursts)]


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SIGNS else text[: MOST_SIGNS - 1] + "…"
