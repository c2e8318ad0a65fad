"""AsyncAGI's session and codec: no stream of events mixes two calls, and nothing is sent twice."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from gateway.agi.asyncagi import codec
from gateway.agi.asyncagi.action import AgiCommand
from gateway.agi.asyncagi.session import (
    AsyncAgiAnswered,
    AsyncAgiEnded,
    AsyncAgiOpened,
    AsyncAgiRelease,
    AsyncAgiSession,
    Effect,
)
from gateway.agi.errors import AgiError, Busy, CallHandedOver, HandlerFinished, HungUp, OverTime
from gateway.agi.session import AgiTiming
from gateway.ami.errors import UnsafeValue
from gateway.ami.values import Dialplan

Event = dict[str, str]


def start(uniqueid: str = "1.7", **more: str) -> Event:
    env = quote("agi_request: async\nagi_callerid: 13904510001\nagi_calleridname: 王\n\n")
    return {"Uniqueid": uniqueid, "Channel": f"PJSIP/trunk-{uniqueid}", "Env": env, **more}


def executed(uniqueid: str, command_id: str, result: str = "200 result=0\n") -> Event:
    return {"Uniqueid": uniqueid, "CommandID": command_id, "Result": quote(result)}


def session(clock: ManualClock | None = None) -> AsyncAgiSession:
    return AsyncAgiSession(clock=clock or ManualClock(), nonce="n")


def opened(effects: list[Effect]) -> AsyncAgiOpened:
    found = [effect for effect in effects if isinstance(effect, AsyncAgiOpened)]
    assert len(found) == 1
    return found[0]


def errors(effects: list[Effect]) -> list[type[AgiError]]:
    return [type(effect.error) for effect in effects if isinstance(effect, AsyncAgiEnded)]


def test_a_command_is_answered_once() -> None:
    one = session()
    number = opened(one.started(start())).number
    channel, command = one.send(number)
    assert channel == "PJSIP/trunk-1.7"
    with pytest.raises(Busy):
        one.send(number)
    (answered,) = one.executed(executed("1.7", command, "200 result=1 (yes)\n"))
    assert isinstance(answered, AsyncAgiAnswered)
    assert (answered.number, answered.answer.value) == (number, "yes")
    assert one.executed(executed("1.7", command)) == []
    assert one.stray == 1


def test_the_same_channel_that_comes_again_is_another_dialogue() -> None:
    one = session()
    first = opened(one.started(start())).number
    _, late = one.send(first)
    effects = one.started(start())
    assert errors(effects) == [CallHandedOver]
    second = opened(effects).number
    one.send(second)
    assert one.executed(executed("1.7", late)) == []
    with pytest.raises(CallHandedOver):
        one.send(first)


def test_an_answer_on_another_channel_is_nobodys() -> None:
    one = session()
    first = opened(one.started(start("1.7"))).number
    opened(one.started(start("1.8")))
    _, command = one.send(first)
    assert one.executed(executed("1.8", command)) == []
    assert one.executed(executed("1.7", command))


def test_a_late_answer_and_a_dead_channel_end_the_dialogue() -> None:
    clock = ManualClock()
    one = session(clock)
    number = opened(one.started(start())).number
    _, command = one.send(number)
    clock.advance(3.01)
    assert errors(one.executed(executed("1.7", command))) == [CallHandedOver]
    assert one.late == 1
    number = opened(one.started(start())).number
    _, command = one.send(number)
    assert errors(one.executed(executed("1.7", command, "511 result=-1 Command Not Permitted\n"))) == [HungUp]


def test_who_waits_too_long_is_not_released_and_who_has_finished_is() -> None:
    clock = ManualClock()
    one = session(clock)
    number = opened(one.started(start())).number
    one.send(number)
    assert one.wakeup() == 3.0
    clock.advance(3.0)
    effects = one.tick()
    assert errors(effects) == [CallHandedOver]
    assert not any(isinstance(effect, AsyncAgiRelease) for effect in effects)
    number = opened(one.started(start())).number
    ended, release = one.finish(number)
    assert isinstance(ended, AsyncAgiEnded)
    assert isinstance(ended.error, HandlerFinished)
    assert isinstance(release, AsyncAgiRelease)
    assert one.finish(number) == []
    assert one.wakeup() is None


def test_the_whole_takes_no_longer_than_it_may() -> None:
    clock = ManualClock()
    one = AsyncAgiSession(clock=clock, timing=AgiTiming(whole=60))
    opened(one.started(start()))
    clock.advance(60)
    assert errors(one.tick()) == [OverTime]


def test_a_lost_link_ends_every_dialogue() -> None:
    one = session()
    for uniqueid in ("1.7", "1.8"):
        opened(one.started(start(uniqueid)))
    assert errors(one.lost()) == [CallHandedOver, CallHandedOver]
    assert len(one) == 0


def test_a_command_in_doubt_ends_the_dialogue_and_only_its_own() -> None:
    one = session()
    number = opened(one.started(start())).number
    _, command = one.send(number)
    assert one.failed(number, "n-999", CallHandedOver()) == []
    assert errors(one.failed(number, command, CallHandedOver("in doubt"))) == [CallHandedOver]


UNIQUEIDS = ("1.1", "1.2", "1.3")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("start", "end", "send", "exec", "exec elsewhere", "exec again", "lost", "finish")),
        st.sampled_from(UNIQUEIDS),
    ),
    max_size=60,
)


class Watched:
    """A session under any stream of events; each answer carries the id of the command that it belongs to."""

    def __init__(self) -> None:
        self.session = session()
        self.current: dict[str, int] = {}
        self.owner: dict[str, tuple[int, str]] = {}  # command id -> (dialogue, uniqueid)
        self.answered: set[str] = set()
        self.ended: set[int] = set()

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case AsyncAgiOpened(number, environment):
                    assert number not in self.current.values()
                    self.current[environment.uniqueid] = number
                case AsyncAgiAnswered(number, answer):
                    assert self.owner[answer.value][0] == number, "another dialogue's answer"
                    assert answer.value not in self.answered, "one command was answered twice"
                    assert number not in self.ended
                    self.answered.add(answer.value)
                case AsyncAgiEnded(number, _):
                    assert number not in self.ended
                    self.ended.add(number)

    def send(self, uniqueid: str) -> None:
        try:
            channel, command = self.session.send(self.current[uniqueid])
        except (Busy, CallHandedOver, KeyError):
            return
        assert channel == f"PJSIP/trunk-{uniqueid}"
        assert command not in self.owner, "a command id was used twice"
        self.owner[command] = (self.current[uniqueid], uniqueid)

    def hear(self, kind: str, uniqueid: str, times: int) -> None:
        mine = [command for command, (_, on) in self.owner.items() if on == uniqueid]
        anybodys = list(self.owner) if kind == "exec elsewhere" else mine
        handle, event = self.session.started, start(uniqueid)
        if kind == "end":
            handle = self.session.ended
        elif kind != "start":
            if not anybodys:
                return
            command = anybodys[0 if kind == "exec again" else -1]
            handle, event = (
                self.session.executed,
                executed(uniqueid, command, f"200 result=1 ({command})\n"),
            )
        for _ in range(times):
            self.take(handle(event))


@given(steps=STEPS, dropped=st.sets(st.integers(0, 60)), doubled=st.sets(st.integers(0, 60)))
def test_no_stream_of_events_mixes_two_calls(
    steps: list[tuple[str, str]], dropped: set[int], doubled: set[int]
) -> None:
    one = Watched()
    for index, (kind, uniqueid) in enumerate(steps):
        if kind == "send":
            one.send(uniqueid)
        elif kind == "lost":
            one.take(one.session.lost())
        elif kind == "finish":
            one.take(one.session.finish(one.current.get(uniqueid, 0)))
        elif index not in dropped:
            one.hear(kind, uniqueid, 2 if index in doubled else 1)
    assert len(one.session) <= len(UNIQUEIDS)


@given(st.dictionaries(st.sampled_from(("Uniqueid", "Channel", "Env", "CommandID", "Result")), st.text()))
def test_any_event_is_taken_or_counted(event: Event) -> None:
    one = session()
    number = opened(one.started(start())).number
    one.send(number)
    for handle in (one.executed, one.started, one.ended):
        handle(event)


@given(st.text() | st.binary().map(quote))
def test_any_result_is_an_answer_or_none(result: str) -> None:
    found = codec.answer(result)
    assert found is None or 100 < found.code < 1000


@pytest.mark.parametrize(
    ("result", "code", "value"),
    [
        ("100 result=0 Trying...\n200 result=0 Gosub complete\n", 200, ""),
        ("200 result=1 (王小明)\n", 200, "王小明"),
        ("200 result=1 (cut off in the mid", 200, "cut off in the mid"),
        ("200 result=1 (two\nlines)\n", 200, "two\nlines"),
        ("200 result=1 (with ) inside)\n", 200, "with ) inside"),
        ("520-Invalid command syntax.  Proper usage follows:\nGosub(", 520, ""),
        ("510 Invalid or unknown command\n", 510, ""),
        ("511 result=-1 Command Not Permitted on a dead channel\n", 511, ""),
    ],
)
def test_results_as_asterisk_sends_them(result: str, code: int, value: str) -> None:
    found = codec.answer(quote(result))
    assert found is not None
    assert (found.code, found.value) == (code, value)


def test_a_callers_name_cannot_become_another_number_or_dialogue() -> None:
    name = "x\nagi_callerid: 110\nagi_uniqueid: 9.9\nagi_arg_1: survey\nagi_network_script: survey"
    env = quote(f"agi_request: async\nagi_calleridname: {name}\nagi_context: hotline\n\n")
    told = codec.environment(env, uniqueid="1.7", channel="PJSIP/a-1", number="13904510001")
    assert (told.uniqueid, told.get("callerid"), told.arguments, told.script) == (
        "1.7",
        "13904510001",
        (),
        "",
    )
    assert codec.with_script(told, "hotline").script == "hotline"


def test_a_command_stands_on_one_line_or_nothing_is_sent() -> None:
    dialplan = Dialplan()
    headers = AgiCommand("PJSIP/a-1", b'SET VARIABLE "A" "b"\n', "n-1").headers(dialplan)
    assert ("Command", 'SET VARIABLE "A" "b"') in headers
    with pytest.raises(UnsafeValue):
        AgiCommand("PJSIP/a-1", b"x" * 1001, "n-1").headers(dialplan)
    with pytest.raises(UnsafeValue):
        AgiCommand("/PJSIP.*/", b"NOOP", "n-1").headers(dialplan)
