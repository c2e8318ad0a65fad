"""A gateway's session on a clock that stands still; the other side is the test, packet by packet."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from radio_bridge.codecs.usrp import Info, UsrpKind, UsrpPacket, decode, encode, info_payload
from radio_bridge.drivers.unarbitrated.effects import (
    KeyGranted,
    KeyRefused,
    LinkDown,
    LinkTrouble,
    LinkUp,
    Refusal,
    SoundFrame,
    TalkerBegan,
    TalkerEnded,
    Told,
    Unreadable,
)
from radio_bridge.drivers.usrp.effects import Effect, UsrpSend
from radio_bridge.drivers.usrp.health import ADPCM, WHY, UsrpDownReason
from radio_bridge.drivers.usrp.session import UsrpAccount, UsrpLinkStage, UsrpSession

FRAME = struct.pack("<160h", *range(160))
NAME = "NODE-1999"
INFO = Info(1234567, 0, 0, 0, 0, "N0CALL")
VOICE_HEADER = bytes.fromhex("55535250 0000000b 00000000 00000001" + 32 * "0")
"""As AllStar sends it: number 11, keyed."""
TLV = bytes.fromhex(
    "55535250 000000da 00000000 00000000 00000000 02000000 00000000 00000000"
    "0813 12d687 00000000 000000 00 00 4e3043414c4c00"
)
"""As DVSwitch says who talks."""


class Gateway:
    def __init__(self, *, silent_s: float = 0.0, info: Info | None = None) -> None:
        self.clock = ManualClock()
        self.session = UsrpSession(UsrpAccount(NAME, info, silent_s), clock=self.clock)
        self.effects: list[Effect] = []
        self.seq = 100
        self.gone = False
        """Nobody listens: whatever is sent is refused."""

    def do(self, effects: list[Effect]) -> None:
        self.effects += effects
        if self.gone and any(isinstance(one, UsrpSend) for one in effects):
            self.do(self.session.refused())

    def told(self) -> list[Told]:
        """Since the last time, without the packets."""
        found = [one for one in self.effects if not isinstance(one, UsrpSend)]
        self.effects = [one for one in self.effects if isinstance(one, UsrpSend)]
        return found

    def packets(self) -> list[UsrpPacket]:
        sent = [decode(one.data) for one in self.effects if isinstance(one, UsrpSend)]
        found = [one for one in sent if one.kind is not UsrpKind.PING]
        self.effects = [one for one in self.effects if not isinstance(one, UsrpSend)]
        return found

    def says(self, packet: UsrpPacket | None = None, **values: object) -> None:
        self.seq += 1
        given = {"seq": self.seq, "keyed": True, "payload": FRAME}
        self.do(self.session.datagram(encode(packet or UsrpPacket(**(given | values)))))  # type: ignore[arg-type]

    def wait(self, seconds: float) -> None:
        """Tick when the session asks for it; it must not ask without end."""
        end = self.clock.monotonic() + seconds
        for _ in range(int(200 * seconds) + 50):
            due = self.session.wakeup()
            if due is None or due > end:
                break
            self.clock.advance(max(0.0, due - self.clock.monotonic()))
            self.do(self.session.tick())
        else:
            raise AssertionError("it wakes without end")
        self.clock.advance(max(0.0, end - self.clock.monotonic()))
        self.do(self.session.tick())


def up(**values: object) -> Gateway:
    gateway = Gateway(**values)  # type: ignore[arg-type]
    gateway.do(gateway.session.opened())
    if gateway.session._account.silent_s:
        gateway.says(kind=UsrpKind.PING, keyed=False, payload=b"")
    gateway.wait(0.5)
    assert gateway.told() == [LinkUp()]
    gateway.packets()
    return gateway


# --- the link -----------------------------------------------------------------------------------------


def test_nobody_refusing_for_half_a_second_is_a_link() -> None:
    gateway = Gateway()
    gateway.do(gateway.session.opened())
    gateway.wait(0.45)
    assert gateway.told() == []
    gateway.wait(0.05)
    assert gateway.told() == [LinkUp()]


def test_what_is_refused_is_down_until_it_is_not_refused() -> None:
    gateway = up()
    gateway.gone = True
    gateway.wait(2.0)
    assert gateway.told() == [LinkDown("unreachable", WHY[UsrpDownReason.UNREACHABLE])]
    gateway.wait(10.0)
    assert gateway.told() == []
    gateway.gone = False
    gateway.wait(2.0)
    assert gateway.told() == [LinkUp()]


def test_a_side_that_promises_a_word_is_missed_when_it_says_none() -> None:
    gateway = up(silent_s=3.0)
    gateway.do(gateway.session.key())
    gateway.wait(2.0)
    assert gateway.told() == [KeyGranted()]
    gateway.wait(10.0)
    assert gateway.told() == [KeyRefused(Refusal.DOWN), LinkDown("silent", WHY[UsrpDownReason.SILENT])]
    gateway.says()
    assert gateway.told() == [LinkUp(), TalkerBegan(NAME), SoundFrame(FRAME)]


def test_one_that_never_says_a_word_is_told_once() -> None:
    gateway = Gateway(silent_s=3.0)
    gateway.do(gateway.session.opened())
    gateway.wait(20.0)
    assert gateway.told() == [LinkDown("silent", WHY[UsrpDownReason.SILENT])]


def test_a_socket_that_cannot_be_opened_is_told_and_nobody_talks() -> None:
    gateway = Gateway()
    gateway.do(gateway.session.closed(UsrpDownReason.NO_SOCKET))
    gateway.do(gateway.session.closed(UsrpDownReason.NO_SOCKET))
    gateway.do(gateway.session.key())
    assert gateway.told() == [LinkDown("no-socket", WHY[UsrpDownReason.NO_SOCKET]), KeyRefused(Refusal.DOWN)]
    assert gateway.session.wakeup() is None


def test_our_end_is_said_when_we_stop() -> None:
    gateway = up()
    gateway.do(gateway.session.key())
    gateway.packets()
    gateway.do(gateway.session.closed(UsrpDownReason.STOPPED))
    assert [one.keyed for one in gateway.packets()] == [False]


# --- our talk -----------------------------------------------------------------------------------------


def test_a_talk_is_keyed_at_once_carries_sound_and_says_its_end_three_times() -> None:
    gateway = up()
    gateway.do(gateway.session.key())
    gateway.do(gateway.session.sound(FRAME))
    gateway.do(gateway.session.unkey())
    gateway.wait(1.0)
    packets = gateway.packets()
    assert [(one.keyed, one.payload) for one in packets] == [
        (True, bytes(320)), (True, FRAME), (False, b""), (False, b""), (False, b""),
    ]  # fmt: skip
    seqs = [one.seq for one in packets]
    assert seqs == sorted(set(seqs))
    gateway.do(gateway.session.sound(FRAME))
    assert gateway.packets() == []


def test_our_name_goes_before_it() -> None:
    gateway = up(info=INFO)
    gateway.do(gateway.session.key())
    named, key = gateway.packets()
    assert (named.kind, named.info) == (UsrpKind.TLV, INFO)
    assert key.keyed


def test_missing_sound_is_filled_so_that_no_transmitter_falls() -> None:
    gateway = up()
    gateway.do(gateway.session.key())
    gateway.wait(1.0)
    # The first one with the key, from 0.04 s on one each 0.02 s.
    assert 45 <= len(gateway.packets()) <= 50


def test_sound_ahead_of_its_time_is_dropped() -> None:
    gateway = up()
    gateway.do(gateway.session.key())
    for _ in range(100):
        gateway.do(gateway.session.sound(FRAME))
    assert len(gateway.packets()) == 11
    assert gateway.session.counts.dropped == 90


# --- theirs -------------------------------------------------------------------------------------------


def test_an_allstar_node_is_heard_by_the_name_of_the_settings() -> None:
    gateway = up()
    gateway.do(gateway.session.datagram(VOICE_HEADER + FRAME))
    gateway.says(keyed=False, payload=b"")
    assert gateway.told() == [TalkerBegan(NAME), SoundFrame(FRAME), TalkerEnded()]


def test_dvswitch_says_who_talks() -> None:
    gateway = up()
    gateway.do(gateway.session.datagram(TLV))
    gateway.says()
    # Its last packet may have sound.
    gateway.says(keyed=False)
    assert gateway.told() == [TalkerBegan("N0CALL"), SoundFrame(FRAME), SoundFrame(FRAME), TalkerEnded()]
    gateway.says()
    assert gateway.told() == [TalkerBegan(NAME), SoundFrame(FRAME)]


def test_a_name_that_comes_late_is_told_and_an_old_one_is_not() -> None:
    gateway = up()
    gateway.says()
    gateway.says(kind=UsrpKind.TEXT, keyed=False, payload=info_payload(Info(1234567, 0, 0, 0, 0, "")))
    assert gateway.told() == [TalkerBegan(NAME), SoundFrame(FRAME), TalkerBegan("1234567")]
    gateway.wait(1.0)
    gateway.told()
    gateway.says(kind=UsrpKind.TLV, keyed=False, payload=info_payload(INFO))
    gateway.wait(5.1)
    gateway.says()
    assert gateway.told() == [TalkerBegan(NAME), SoundFrame(FRAME)]


def test_an_end_that_was_lost_is_found() -> None:
    gateway = up()
    gateway.says()
    gateway.wait(0.5)
    assert gateway.told() == [TalkerBegan(NAME), SoundFrame(FRAME), TalkerEnded()]


def test_late_and_doubled_datagrams_are_dropped_also_after_the_end() -> None:
    gateway = up()
    for seq in (200, 202, 201, 202):
        gateway.says(seq=seq)
    gateway.says(seq=204, keyed=False, payload=b"")
    gateway.says(seq=203)
    assert gateway.told() == [TalkerBegan(NAME), SoundFrame(FRAME), SoundFrame(FRAME), TalkerEnded()]
    assert gateway.session.counts.late == 3


def test_numbers_come_round_begin_anew_or_are_not_there() -> None:
    for numbers in ([65534, 65535, 0, 1], [2**32 - 1, 0, 1], [4000, 0, 1], [0, 0, 0]):
        gateway = up()
        for seq in numbers:
            gateway.says(seq=seq)
        assert len([one for one in gateway.told() if one == SoundFrame(FRAME)]) == len(numbers), numbers
    gateway = up()
    gateway.says(seq=20)
    gateway.wait(1.0)
    gateway.says(seq=1)
    assert gateway.session.counts.late == 0


def test_mu_law_is_heard_and_adpcm_is_named() -> None:
    gateway = up()
    gateway.says(kind=UsrpKind.ULAW, payload=b"\x80" * 160)
    assert gateway.told() == [TalkerBegan(NAME), SoundFrame(struct.pack("<h", 32124) * 160)]
    gateway.says(kind=UsrpKind.ULAW, payload=b"\x80" * 100)
    assert gateway.told() == [Unreadable()]
    gateway.says(kind=UsrpKind.ADPCM, payload=b"\x80" * 80)
    gateway.says(kind=UsrpKind.ADPCM, payload=b"\x80" * 80)
    assert gateway.told() == [LinkTrouble(ADPCM)]
    gateway.says()
    assert gateway.told() == [LinkTrouble(""), SoundFrame(FRAME)]


def test_what_is_no_sound_keys_nobody() -> None:
    gateway = up()
    for kind in (UsrpKind.DTMF, UsrpKind.PING, UsrpKind.TEXT, UsrpKind.TLV):
        gateway.says(kind=kind, payload=b"INFO:{}")
    gateway.says(keyed=False)
    assert gateway.told() == []


@given(st.binary(max_size=400))
def test_any_datagram_ends_nothing(data: bytes) -> None:
    gateway = up()
    gateway.do(gateway.session.datagram(data))
    gateway.do(gateway.session.datagram(b"USRP" + data))
    gateway.says(seq=2**31)
    gateway.wait(0.6)
    gateway.told()
    gateway.do(gateway.session.key())
    assert gateway.told() == [KeyGranted()]


_step = st.one_of(
    st.tuples(
        st.sampled_from(["key", "unkey", "sound", "refused", "opened", "closed", "voice", "over", "info"])
    ),
    st.tuples(st.just("wait"), st.floats(0.0, 4.0)),
)


def take(gateway: Gateway, step: tuple[object, ...]) -> None:
    session = gateway.session
    match step:
        case ("wait", float(seconds)):
            gateway.wait(seconds)
        case ("voice",):
            gateway.says()
        case ("over",):
            gateway.says(keyed=False, payload=b"")
        case ("info",):
            gateway.do(session.datagram(TLV))
        case ("sound",):
            gateway.do(session.sound(FRAME))
        case ("closed",):
            gateway.do(session.closed(UsrpDownReason.NO_SOCKET))
        case (str(name),):
            gateway.do(getattr(session, name)())


@given(st.lists(_step, max_size=40), st.sampled_from([0.0, 2.0]))
def test_whatever_happens_talks_end_and_the_link_comes_back(
    steps: list[tuple[object, ...]], silent_s: float
) -> None:
    gateway = Gateway(silent_s=silent_s)
    session = gateway.session
    granted, talks, is_up = False, False, False
    for step in steps:
        take(gateway, step)
        if step in {("unkey",), ("closed",)}:
            granted = False
        for told in gateway.told():
            assert not (granted and isinstance(told, KeyGranted))
            granted = isinstance(told, KeyGranted) or (granted and not isinstance(told, KeyRefused))
            talks = isinstance(told, TalkerBegan) or (talks and not isinstance(told, TalkerEnded))
            is_up = isinstance(told, LinkUp) or (is_up and not isinstance(told, LinkDown))
            assert not isinstance(told, SoundFrame) or talks
        assert granted == session.keyed
        assert is_up == (session.stage is UsrpLinkStage.UP)
        assert is_up or not (granted or talks)
    gateway.do(session.unkey())
    gateway.do(session.opened())
    gateway.says()
    gateway.wait(1.0)
    gateway.told()
    gateway.do(session.key())
    assert gateway.told() == [KeyGranted()]
