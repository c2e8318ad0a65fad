"""Master and peer on a clock that stands still: signing in, pings, silence, and whatever comes."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from radio_bridge.codecs.dmrd import Frame, encode
from radio_bridge.drivers.dmr_homebrew import messages as m
from radio_bridge.drivers.dmr_homebrew.effects import (
    Address,
    BurstReceived,
    Effect,
    HomebrewDownReason,
    HomebrewSend,
    LoginRefused,
    StationDown,
    StationUp,
)
from radio_bridge.drivers.dmr_homebrew.master import (
    BURST_REFUSED_S,
    LOGIN_S,
    MOST_ASKING,
    SILENT_S,
    Master,
)
from radio_bridge.drivers.dmr_homebrew.peer import RETRY_MOST_S, HomebrewAccount, LoginStep, Peer

NUMBER, PASSWORD = 460_451, "secret"
HERE: Address = ("10.0.0.1", 5000)
THERE: Address = ("10.0.0.2", 6000)
FRAME = Frame(1, 4_604_517, 9, NUMBER, 2, False, 7, bytes(33), voice=1)


def master(clock: ManualClock) -> Master:
    return Master({NUMBER: PASSWORD}, clock=clock, rng=random.Random(1))


def peer(clock: ManualClock, password: str = PASSWORD, options: str = "") -> Peer:
    return Peer(HomebrewAccount(NUMBER, password, "BY2A", options=options), clock=clock, rng=random.Random(2))


def said(effects: list[Effect]) -> list[m.Message]:
    return [
        m.decode(one.data)
        for one in effects
        if isinstance(one, HomebrewSend) and not one.data.startswith(b"DMRD")
    ]


def sign_in(to: Master, address: Address = HERE, password: str = PASSWORD) -> list[Effect]:
    (salt,) = said(to.datagram(m.encode(m.Login(NUMBER)), address))
    assert isinstance(salt, m.RepeaterAck)
    to.datagram(m.encode(m.LoginProof(NUMBER, m.proof(salt.value, password))), address)
    return to.datagram(m.encode(m.Configuration(NUMBER, "BY2A")), address)


def joined(one: Master, other: Peer) -> list[Effect]:
    """Carry what they say to each other until nobody says anything; what is told besides."""
    told: list[Effect] = []
    queue = other.start()
    for _ in range(50):
        if not queue:
            break
        answers: list[Effect] = []
        for effect in queue:
            if isinstance(effect, HomebrewSend):
                answers += one.datagram(effect.data, HERE)
            else:
                told.append(effect)
        queue = []
        for effect in answers:
            if isinstance(effect, HomebrewSend):
                queue += other.datagram(effect.data)
            else:
                told.append(effect)
    return told


def test_a_peer_signs_in_at_a_master() -> None:
    clock = ManualClock()
    for options in ("", "TS2=9"):
        one, other = master(clock), peer(clock, options=options)
        assert joined(one, other) == [StationUp(NUMBER, "BY2A"), StationUp(NUMBER)]
        assert one.stations == other.stations == {NUMBER}


def test_a_wrong_password_lets_nobody_in() -> None:
    clock = ManualClock()
    one, other = master(clock), peer(clock, "wrong")
    assert joined(one, other) == [LoginRefused(NUMBER), StationDown(NUMBER, HomebrewDownReason.DENIED)]
    assert (one.stations, other.stations) == (frozenset(), frozenset())
    assert other.step is LoginStep.WAITING


def test_a_repeater_that_asks_again_before_the_answer_came_may_prove_itself_by_either() -> None:
    one = master(ManualClock())
    (first,) = said(one.datagram(m.encode(m.Login(NUMBER)), HERE))
    (second,) = said(one.datagram(m.encode(m.Login(NUMBER)), HERE))
    assert isinstance(first, m.RepeaterAck)
    assert second == first
    assert said(
        one.datagram(m.encode(m.LoginProof(NUMBER, m.proof(first.value, PASSWORD))), HERE)
    ) == [m.RepeaterAck(NUMBER)]  # fmt: skip
    assert StationUp(NUMBER, "BY2A") in one.datagram(m.encode(m.Configuration(NUMBER, "BY2A")), HERE)


def test_a_stranger_is_refused_and_nothing_is_kept_of_him() -> None:
    one = master(ManualClock())
    effects = one.datagram(m.encode(m.Login(1)), HERE)
    assert said(effects) == [m.Nak(1)]
    assert LoginRefused(1) in effects
    assert one.wakeup() is None


def test_bursts_count_only_from_where_the_repeater_signed_in() -> None:
    one = master(ManualClock())
    assert said(one.datagram(encode(FRAME), HERE)) == [m.Nak(NUMBER)]
    sign_in(one)
    assert one.datagram(encode(FRAME), HERE) == [BurstReceived(NUMBER, FRAME)]
    assert said(one.datagram(encode(FRAME), THERE)) == [m.Nak(NUMBER)]
    assert one.send(NUMBER, FRAME) == [HomebrewSend(encode(FRAME), HERE)]
    assert one.send(1, FRAME) == []


def test_a_radio_that_talks_does_not_keep_its_repeater_out() -> None:
    clock = ManualClock()
    one = master(clock)
    assert said(one.datagram(encode(FRAME), HERE)) == [m.Nak(NUMBER)]
    assert one.datagram(encode(FRAME), HERE) == [], "the next bursts of the talk are under way already"
    (salt,) = said(one.datagram(m.encode(m.Login(NUMBER)), HERE))
    assert isinstance(salt, m.RepeaterAck)
    clock.advance(BURST_REFUSED_S)
    assert one.datagram(encode(FRAME), HERE) == [], "it signs in"
    one.datagram(m.encode(m.LoginProof(NUMBER, m.proof(salt.value, PASSWORD))), HERE)
    assert one.datagram(encode(FRAME), HERE) == []
    assert StationUp(NUMBER, "BY2A") in one.datagram(m.encode(m.Configuration(NUMBER, "BY2A")), HERE)
    assert one.datagram(encode(FRAME), HERE) == [BurstReceived(NUMBER, FRAME)]
    assert said(one.datagram(encode(FRAME), THERE)) == [m.Nak(NUMBER)]
    for number in range(3 * MOST_ASKING):
        one.datagram(encode(FRAME), (f"10.1.{number % 250}.{number // 250}", 5000))
    assert len(one._bursts_refused) == MOST_ASKING


def test_who_asks_in_anothers_name_does_not_put_him_out() -> None:
    one = master(ManualClock())
    sign_in(one)
    one.datagram(m.encode(m.Login(NUMBER)), THERE)
    one.datagram(m.encode(m.LoginProof(NUMBER, bytes(32))), THERE)
    one.datagram(m.encode(m.Closing(NUMBER)), THERE)
    assert one.datagram(encode(FRAME), HERE) == [BurstReceived(NUMBER, FRAME)]


def test_a_repeater_that_comes_from_elsewhere_with_the_password_takes_its_place() -> None:
    one = master(ManualClock())
    sign_in(one)
    effects = sign_in(one, THERE)
    assert [one for one in effects if not isinstance(one, HomebrewSend)] == [
        StationDown(NUMBER, HomebrewDownReason.RESTARTED), StationUp(NUMBER, "BY2A")
    ]  # fmt: skip
    assert one.send(NUMBER, FRAME) == [HomebrewSend(encode(FRAME), THERE)]


def test_pings_keep_a_repeater_and_silence_ends_it() -> None:
    clock = ManualClock()
    one = master(clock)
    sign_in(one)
    for _ in range(5):
        clock.advance(SILENT_S - 1)
        assert said(one.datagram(m.encode(m.RepeaterPing(NUMBER)), HERE)) == [m.MasterPong(NUMBER)]
        assert one.tick() == []
    wakeup = one.wakeup()
    assert wakeup is not None
    clock.advance(wakeup - clock.monotonic())
    assert one.tick() == [StationDown(NUMBER, HomebrewDownReason.SILENT)]
    assert said(one.datagram(m.encode(m.RepeaterPing(NUMBER)), HERE)) == [m.Nak(NUMBER)]


def test_half_a_login_is_forgotten_and_many_are_bounded() -> None:
    clock = ManualClock()
    one = master(clock)
    for port in range(MOST_ASKING + 10):
        one.datagram(m.encode(m.Login(NUMBER)), ("10.0.0.9", port + 1))
    assert len(one._asking) == MOST_ASKING
    clock.advance(LOGIN_S)
    assert one.tick() == []
    assert one.wakeup() is None


def test_a_master_that_stops_says_so() -> None:
    one = master(ManualClock())
    sign_in(one)
    effects = one.stop()
    assert said(effects) == [m.MasterClosing(NUMBER)]
    assert StationDown(NUMBER, HomebrewDownReason.STOPPED) in effects


def test_a_peer_pings_and_finds_out_when_the_master_is_silent() -> None:
    clock = ManualClock()
    one, other = master(clock), peer(clock)
    joined(one, other)
    pings, ends = 0, 0
    for _ in range(40):
        wakeup = other.wakeup()
        assert wakeup is not None
        clock.advance(max(0.0, wakeup - clock.monotonic()))
        effects = other.tick()
        pings += said(effects) == [m.RepeaterPing(NUMBER)]
        ends += StationDown(NUMBER, HomebrewDownReason.SILENT) in effects
        if ends:
            break
    assert (pings, ends) == (2, 1)
    assert other.reason is HomebrewDownReason.SILENT


def test_a_peer_that_the_master_does_not_know_signs_in_again() -> None:
    clock = ManualClock()
    one, other = master(clock), peer(clock)
    joined(one, other)
    assert other.datagram(m.encode(m.Nak(NUMBER))) == [StationDown(NUMBER, HomebrewDownReason.CLOSED)]
    clock.advance(2.0)
    assert said(other.tick()) == [m.Login(NUMBER)]


def test_a_peer_tries_for_ever_with_pauses_that_are_bounded() -> None:
    clock = ManualClock()
    other = peer(clock)
    other.start()
    pauses: list[float] = []
    told: list[Effect] = []
    for _ in range(40):
        wakeup = other.wakeup()
        assert wakeup is not None
        pauses.append(wakeup - clock.monotonic())
        clock.advance(max(0.0, wakeup - clock.monotonic()))
        told += [effect for effect in other.tick() if not isinstance(effect, HomebrewSend)]
    assert max(pauses) <= 1.25 * RETRY_MOST_S
    assert told == [StationDown(NUMBER, HomebrewDownReason.SILENT)]


SAID: list[tuple[str, object]] = [
    ("data", m.encode(message))
    for message in (
        m.Login(NUMBER),
        m.RepeaterPing(NUMBER),
        m.Closing(NUMBER),
        m.RepeaterAck(5),
        m.Nak(NUMBER),
        m.MasterPong(NUMBER),
        m.MasterClosing(NUMBER),
        m.LoginProof(NUMBER, bytes(32)),
        m.Configuration(NUMBER, "X"),
    )
]
things = st.one_of(
    st.binary(max_size=60).map(lambda data: ("data", data)),
    st.sampled_from(SAID),
    st.just(("data", encode(FRAME))),
    st.floats(0.1, 40.0).map(lambda seconds: ("wait", seconds)),
    st.just(("sign in", None)),
)  # fmt: skip


@given(st.lists(things, max_size=40))
def test_whatever_happens_ups_and_downs_of_a_master_alternate(happens: list[tuple[str, object]]) -> None:
    clock = ManualClock()
    one = master(clock)
    told: list[Effect] = []
    for what, value in happens:
        if what == "data":
            assert isinstance(value, bytes)
            told += one.datagram(value, HERE)
        elif what == "wait":
            assert isinstance(value, float)
            clock.advance(value)
            told += one.tick()
        else:
            told += sign_in(one)
    _alternate(told, up=NUMBER in one.stations)


@given(st.lists(things, max_size=40))
def test_whatever_happens_a_peer_gets_in_again(happens: list[tuple[str, object]]) -> None:
    clock = ManualClock()
    one, other = master(clock), peer(clock)
    told: list[Effect] = [*joined(one, other)][1:]
    for what, value in happens:
        if what == "data":
            assert isinstance(value, bytes)
            told += other.datagram(value)
        elif what == "wait":
            assert isinstance(value, float)
            clock.advance(value)
            told += other.tick()
    for _ in range(200):
        if other.stations:
            break
        wakeup = other.wakeup()
        assert wakeup is not None
        clock.advance(max(0.0, wakeup - clock.monotonic()))
        queue = other.tick()
        while queue:
            effect = queue.pop(0)
            told.append(effect)
            if isinstance(effect, HomebrewSend):
                for answer in one.datagram(effect.data, HERE):
                    if isinstance(answer, HomebrewSend):
                        queue += other.datagram(answer.data)
    assert other.stations == {NUMBER}
    _alternate([effect for effect in told if isinstance(effect, StationUp)], up=True, downs=False)


def _alternate(told: list[Effect], *, up: bool, downs: bool = True) -> None:
    """Each one that came up goes before it comes again, and how it is now is what was told last."""
    is_up = False
    for effect in told:
        if isinstance(effect, StationUp):
            assert not is_up or not downs
            is_up = True
        elif isinstance(effect, StationDown):
            assert is_up
            is_up = False
    assert is_up is up
