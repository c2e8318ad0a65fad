"""A session on a clock that stands still; the server is the test, message by message."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.malformed import Malformed
from radio_bridge.drivers.mumble import messages as m
from radio_bridge.drivers.mumble import voice
from radio_bridge.drivers.mumble.codec import MumbleFrameReader, decode, encode
from radio_bridge.drivers.mumble.effects import (
    Effect,
    MumbleClose,
    MumbleConnect,
    MumbleSend,
    TextCame,
    UsersPresent,
)
from radio_bridge.drivers.mumble.health import MUTED, OPUS_OFF, MumbleDownReason, down_why
from radio_bridge.drivers.mumble.session import MumbleAccount, MumbleLinkStage, MumbleSession, Sounds
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
    Unreadable,
)

US, CREW, GUEST = 10, 11, 12
DAOLI = 1
FRAME = bytes(range(160)) * 2


class Plain:
    """Stands for Opus: sound is as it is, and `bad` is none."""

    def frame(self, pcm: bytes) -> bytes:
        return pcm

    def feed(self, data: bytes) -> Iterator[bytes]:
        if data == b"bad":
            raise Malformed("no sound")
        yield data

    def rest(self) -> Iterator[bytes]:
        return iter(())


class Net:
    def __init__(self) -> None:
        self.clock = ManualClock()
        account = MumbleAccount("SONGHUA", "secret", "Daoli", others=frozenset({"SONGHUA-2"}))
        self.session = MumbleSession(account, Sounds(Plain, Plain), clock=self.clock, rng=random.Random(1))
        self.effects: list[Effect] = []
        self.reader = MumbleFrameReader()

    def do(self, effects: list[Effect]) -> None:
        self.effects += effects

    def says(self, *messages: m.Message) -> None:
        self.do(self.session.received(b"".join(map(encode, messages))))

    def talks(self, session: int, sound: bytes = FRAME, *, seq: int = 2, last: bool = False) -> None:
        self.says(m.Tunnel(voice.encode(voice.VoicePacket(seq, sound, last, session))))

    def told(self) -> list[Effect]:
        """Since the last time, without what is sent."""
        found: list[Effect] = [one for one in self.effects if not isinstance(one, MumbleSend)]
        self.effects = [one for one in self.effects if isinstance(one, MumbleSend)]
        return found

    def sent(self) -> list[m.Message]:
        data = b"".join(one.data for one in self.effects if isinstance(one, MumbleSend))
        self.effects = [one for one in self.effects if not isinstance(one, MumbleSend)]
        return [decode(kind, body) for kind, body in self.reader.feed(data)]

    def packets(self) -> list[tuple[int, bytes, bool]]:
        """Number, sound and whether it is the last one, of our sound."""
        # The server puts our session in before anybody gets it.
        bodies = [one.packet for one in self.sent() if isinstance(one, m.Tunnel)]
        found = [voice.decode(body[:1] + bytes([US]) + body[1:]) for body in bodies]
        return [(one.seq, one.opus, one.last) for one in found if one is not None]

    def wait(self, seconds: float, *, answers: bool = True) -> None:
        end = self.clock.monotonic() + seconds
        for _ in range(int(100 * seconds) + 50):
            due = self.session.wakeup()
            if due is None or due > end:
                break
            self.clock.advance(max(0.0, due - self.clock.monotonic()))
            self.do(self.session.tick())
            if answers:
                self.says(m.MumblePing(1))
        else:
            raise AssertionError("it wakes without end")
        self.clock.advance(max(0.0, end - self.clock.monotonic()))
        self.do(self.session.tick())

    def sign_in(self) -> Net:
        self.do(self.session.link_up())
        self.says(
            m.MumbleVersion(m.VERSION),
            m.CodecVersion(opus=True),
            m.ChannelState(0, None, "Root"),
            m.ChannelState(DAOLI, 0, "Daoli"),
            m.UserState(CREW, "CREW-A", user_id=1, channel=DAOLI),
            m.UserState(GUEST, "CREW-B", channel=0),
            m.UserState(13, "SONGHUA-2", channel=0),
            m.UserState(US, "SONGHUA", channel=0),
            m.ServerSync(US),
        )
        return self


def connecting() -> Net:
    net = Net()
    net.do(net.session.start())
    assert net.told() == [MumbleConnect()]
    return net


def up() -> Net:
    net = connecting().sign_in()
    version, authenticate, move = net.sent()
    assert version == m.MumbleVersion(m.VERSION, "Songhua")
    assert authenticate == m.Authenticate("SONGHUA", "secret", opus=True)
    assert move == m.UserState(US, channel=DAOLI)
    assert net.told() == []
    net.says(m.UserState(US, channel=DAOLI))
    assert net.told() == [LinkUp(), UsersPresent(frozenset({"CREW-A", "guest.CREW-B"}))]
    return net


def down(reason: MumbleDownReason, detail: str = "") -> LinkDown:
    return LinkDown(reason.value, down_why(reason, detail))


# --- the link -----------------------------------------------------------------------------------------


def test_it_signs_in_and_goes_to_its_channel() -> None:
    assert up().session.stage is MumbleLinkStage.UP


@pytest.mark.parametrize(
    ("said", "reason", "detail"),
    [
        (
            m.SignInRejected(m.RejectKind.WRONG_SERVER_PASSWORD, "Invalid password\n"),
            MumbleDownReason.DENIED,
            "Invalid password?",
        ),
        (m.ServerSync(US), MumbleDownReason.NO_CHANNEL, "Daoli"),
    ],
)
def test_who_is_not_let_in_says_why_and_tries_again_slowly(
    said: m.Message, reason: MumbleDownReason, detail: str
) -> None:
    net = connecting()
    net.do(net.session.link_up())
    net.says(said)
    assert net.told() == [MumbleClose(), down(reason, detail)]
    net.wait(15.9)
    assert net.told() == []
    net.wait(4.2)
    assert net.told() == [MumbleConnect()]
    net.do(net.session.link_up())
    net.says(said)
    assert net.told() == [MumbleClose()], "the same reason is told once"


def test_a_closed_channel_is_told() -> None:
    net = connecting().sign_in()
    net.says(m.PermissionDenied(4, DAOLI, "no"))
    assert net.told() == [MumbleClose(), down(MumbleDownReason.NOT_LET_IN, "no")]
    net = connecting().sign_in()
    net.wait(5.0)
    assert net.told() == [MumbleClose(), down(MumbleDownReason.NOT_LET_IN)]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (m.UserState(US, channel=0), MumbleDownReason.MOVED),
        (m.UserRemove(US, ""), MumbleDownReason.KICKED),
        (m.SignInRejected(None, None), MumbleDownReason.DENIED),
    ],
)
def test_what_ends_a_link_ends_our_talk(said: m.Message, reason: MumbleDownReason) -> None:
    net = up()
    net.do(net.session.key())
    assert net.told() == [KeyGranted()]
    net.says(said)
    assert net.told() == [KeyRefused(Refusal.DOWN), MumbleClose(), down(reason), UsersPresent(frozenset())]


def test_silence_is_a_dead_link_and_pings_keep_it() -> None:
    net = up()
    net.wait(60.0)
    assert net.told() == []
    assert [one for one in net.sent() if isinstance(one, m.MumblePing)]
    net.talks(CREW)
    net.told()
    net.wait(15.1, answers=False)
    assert net.told()[0] == TalkerEnded()
    assert net.session.stage is not MumbleLinkStage.UP


def test_nonsense_ends_the_connection() -> None:
    net = up()
    net.do(net.session.received(b"\xff" * 100))
    told = net.told()
    assert told[0] == MumbleClose()
    assert isinstance(told[1], LinkDown)
    assert told[1].reason == "malformed"


def test_the_end_is_said_when_we_stop() -> None:
    net = up()
    net.do(net.session.key())
    net.do(net.session.stop())
    assert [last for _, _, last in net.packets()] == [True]
    assert net.session.wakeup() is None


# --- our talk -----------------------------------------------------------------------------------------


def test_a_talk_is_counted_by_its_tens_of_milliseconds_and_ends() -> None:
    net = up()
    net.do(net.session.sound(FRAME))
    assert net.packets() == []
    net.do(net.session.key())
    net.do(net.session.sound(FRAME))
    net.do(net.session.sound(FRAME))
    net.do(net.session.unkey())
    net.do(net.session.unkey())
    assert net.packets() == [(2, FRAME, False), (4, FRAME, False), (6, bytes(320), True)]


@pytest.mark.parametrize("said", [m.UserState(US, mute=True), m.UserState(US, suppress=True)])
def test_who_is_muted_hears_and_does_not_talk(said: m.Message) -> None:
    net = up()
    net.do(net.session.key())
    net.says(said)
    assert net.told() == [KeyGranted(), KeyRefused(Refusal.STOPPED), LinkTrouble(MUTED)]
    net.do(net.session.key())
    net.talks(CREW)
    assert net.told() == [KeyRefused(Refusal.DENIED), TalkerBegan("CREW-A"), SoundFrame(FRAME)]
    net.says(m.UserState(US, mute=False, suppress=False))
    assert net.told() == [LinkTrouble("")]


def test_a_server_without_opus_is_told() -> None:
    net = up()
    net.says(m.CodecVersion(opus=False))
    assert net.told() == [LinkTrouble(OPUS_OFF)]
    net.says(m.CodecVersion(opus=True))
    assert net.told() == [LinkTrouble("")]


# --- theirs -------------------------------------------------------------------------------------------


def test_the_first_one_is_heard_until_he_ends() -> None:
    net = up()
    net.talks(CREW)
    net.talks(GUEST, seq=20)
    net.talks(CREW, seq=4, last=True)
    assert net.told() == [TalkerBegan("CREW-A"), SoundFrame(FRAME), SoundFrame(FRAME), TalkerEnded()]
    net.talks(GUEST, seq=22)
    assert net.told() == [TalkerBegan("guest.CREW-B"), SoundFrame(FRAME)]


def test_what_was_overtaken_by_its_end_begins_no_talk() -> None:
    net = up()
    net.talks(CREW, seq=2)
    net.talks(CREW, seq=6, last=True)
    net.told()
    net.talks(CREW, seq=4)
    net.talks(CREW, b"", seq=8, last=True)
    assert net.told() == []
    net.talks(CREW, seq=10)
    assert net.told() == [TalkerBegan("CREW-A"), SoundFrame(FRAME)]


def test_who_goes_or_is_heard_no_more_has_ended() -> None:
    net = up()
    net.talks(CREW)
    net.told()
    net.says(m.UserRemove(CREW))
    assert net.told() == [TalkerEnded(), UsersPresent(frozenset({"guest.CREW-B"}))]
    net.talks(GUEST)
    net.told()
    net.wait(0.6)
    assert net.told() == [TalkerEnded()]


def test_nobody_we_know_and_ourselves_are_not_heard() -> None:
    net = up()
    net.talks(99)
    net.talks(US)
    net.says(m.Tunnel(b"\x20\x01"), m.Tunnel(b"\x00\x01"))
    assert net.told() == []


def test_what_is_no_sound_is_counted() -> None:
    net = up()
    net.talks(CREW, b"bad")
    net.says(m.Tunnel(b""))
    assert net.told() == [Unreadable(), Unreadable()]


def test_texts_are_words_and_go_to_who_is_there() -> None:
    net = up()
    net.says(
        m.MumbleTextMessage(CREW, (US,), (), "<b>on</b> site"), m.MumbleTextMessage(99, (), (), "nobody")
    )
    net.says(m.MumbleTextMessage(US, (), (), "mine"), m.MumbleTextMessage(CREW, (), (), "<img>"))
    assert net.told() == [TextCame("CREW-A", "on site")]
    net.do(net.session.text("CREW-A", "<go>"))
    net.do(net.session.text("CREW-B", "to a guest"))
    assert net.sent() == [m.MumbleTextMessage(None, (CREW,), (), "&lt;go&gt;")]


# --- anything -----------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 26), st.binary(max_size=40)), max_size=10))
def test_any_messages_end_nothing_for_good(said: list[tuple[int, bytes]]) -> None:
    net = up()
    for kind, body in said:
        net.do(net.session.received(kind.to_bytes(2) + len(body).to_bytes(4) + body))
    comes_back(net)


def comes_back(net: Net) -> None:
    """The link can be up again, and a talk be had."""
    session = net.session
    net.do(session.link_down(MumbleDownReason.CLOSED))
    net.wait(25.0)
    net.sign_in()
    net.says(m.UserState(US, channel=DAOLI, mute=False, suppress=False))
    net.wait(1.0)
    assert session.stage is MumbleLinkStage.UP
    net.told()
    net.do(session.key())
    assert net.told() == [KeyGranted()]


_event = st.one_of(
    st.tuples(st.sampled_from(["key", "unkey", "sound", "closed", "sign_in", "joined"])),
    st.tuples(st.just("talks"), st.sampled_from([CREW, GUEST, US, 99]), st.booleans()),
    st.tuples(st.just("mute"), st.booleans()),
    st.tuples(st.just("wait"), st.floats(0.0, 20.0), st.booleans()),
)


def take(net: Net, event: tuple[object, ...]) -> None:
    session = net.session
    match event:
        case ("talks", int(who), bool(last)):
            net.talks(who, last=last)
        case ("mute", bool(muted)):
            net.says(m.UserState(US, mute=muted))
        case ("wait", float(seconds), bool(answers)):
            net.wait(seconds, answers=answers)
        case ("sound",):
            net.do(session.sound(FRAME))
        case ("closed",):
            net.do(session.link_down(MumbleDownReason.CLOSED))
        case ("sign_in",) if session.stage is MumbleLinkStage.CONNECTING:
            net.sign_in()
        case ("joined",):
            net.says(m.UserState(US, channel=DAOLI))
        case ("key" | "unkey" as name,):
            net.do(getattr(session, name)())


@given(st.lists(_event, max_size=40))
def test_whatever_happens_talks_end_and_the_link_comes_back(events: list[tuple[object, ...]]) -> None:
    net = up()
    granted, talks, is_up = False, False, True
    for event in events:
        take(net, event)
        granted = granted and event != ("unkey",)
        for told in net.told():
            assert not (granted and isinstance(told, KeyGranted))
            granted = isinstance(told, KeyGranted) or (granted and not isinstance(told, KeyRefused))
            talks = isinstance(told, TalkerBegan) or (talks and not isinstance(told, TalkerEnded))
            is_up = isinstance(told, LinkUp) or (is_up and not isinstance(told, MumbleClose))
            assert not isinstance(told, SoundFrame) or talks
        assert granted == net.session.keyed
        assert is_up == (net.session.stage is MumbleLinkStage.UP)
        assert is_up or not (granted or talks)
    if net.session.stage is MumbleLinkStage.WAITING:
        net.wait(25.0)
    comes_back(net)
