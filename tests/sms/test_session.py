"""The session gives each message one outcome, whatever the SMSC and the network do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.clock import ManualClock
from gateway.smpp.codec import (
    BindRequest,
    Pdu,
    ShortMessage,
    SmppCommand,
    SmppDecoder,
    SmppStatus,
    encoded,
    message_body,
    message_id_body,
)
from gateway.smpp.outcome import (
    SmppClose,
    SmppConnect,
    SmppDelivered,
    SmppDown,
    SmppDownReason,
    SmppEffect,
    SmppInDoubt,
    SmppRejected,
    SmppSend,
    SmppSubmitted,
    SmppUnsent,
    SmppUp,
)
from gateway.smpp.session import MOST_UNANSWERED, SmppSession, SmppState, SmppTiming

HELLO = ShortMessage(destination="13904510001", content=b"hello")
OUTCOMES = (SmppSubmitted, SmppRejected, SmppUnsent, SmppInDoubt)


def bound(clock: ManualClock, **more: float) -> SmppSession:
    """A session that the SMSC has bound."""
    session = SmppSession(
        BindRequest("songhua", "secret"), clock=clock, window=int(more.pop("window", 3)),
        per_s=more.pop("per_s", 1000.0), timing=SmppTiming(**more),
    )  # fmt: skip
    assert session.start() == [SmppConnect()]
    (bind,) = sent(session.link_up())
    assert bind.command == SmppCommand.BIND_TRANSCEIVER
    assert session.received(answer(bind, SmppCommand.BIND_TRANSCEIVER_RESP)) == [SmppUp()]
    return session


def sent(effects: list[SmppEffect]) -> list[Pdu]:
    decoder = SmppDecoder()
    return [pdu for one in effects if isinstance(one, SmppSend) for pdu in decoder.feed(one.data)]


def answer(request: Pdu, command: int, status: int = 0, body: bytes = b"") -> bytes:
    return encoded(Pdu(command, request.sequence, status, body))


def taken(request: Pdu, message_id: str = "1") -> bytes:
    return answer(request, SmppCommand.SUBMIT_SM_RESP, 0, message_id_body(message_id))


def test_no_more_than_the_window_waits_for_an_answer() -> None:
    session = bound(ManualClock(), window=2)
    first, second = (sent(session.submit(key, HELLO)) for key in ("a", "b"))
    assert sent(session.submit("c", HELLO)) == []
    effects = session.received(taken(first[0], "77"))
    assert effects[0] == SmppSubmitted("a", "77")
    assert len(sent(effects)) == 1, "the third leaves with the first answer"
    assert len(second) == 1


def test_a_throttled_message_is_submitted_again_after_a_pause_that_grows() -> None:
    clock = ManualClock()
    session = bound(clock, first_pause_s=0.5, last_pause_s=4)
    (pdu,) = sent(session.submit("a", HELLO))
    pauses = []
    for _ in range(5):
        assert sent(session.received(answer(pdu, SmppCommand.SUBMIT_SM_RESP, SmppStatus.THROTTLED))) == []
        wakeup = session.wakeup()
        assert wakeup is not None
        pauses.append(wakeup - clock.monotonic())
        clock.advance(pauses[-1])
        (pdu,) = sent(session.tick())
    assert pauses == [0.5, 1, 2, 4, 4]
    assert session.received(taken(pdu)) == [SmppSubmitted("a", "1")]
    assert session.counts.throttled == 5


def test_messages_leave_no_faster_than_the_contract_allows() -> None:
    clock = ManualClock()
    session = bound(clock, window=100, per_s=10.0)
    left = sum(len(sent(session.submit(key, HELLO))) for key in range(60))
    for _ in range(100):
        clock.advance(0.05)
        left += len(sent(session.tick()))
    assert 48 <= left <= 53, "five seconds, and what a late timer may make up for"


def test_what_the_smsc_refuses_has_its_status() -> None:
    session = bound(ManualClock())
    (pdu,) = sent(session.submit("a", HELLO))
    assert session.received(answer(pdu, SmppCommand.SUBMIT_SM_RESP, 0x0B)) == [SmppRejected("a", 0x0B)]


def test_a_link_that_ends_leaves_doubt_about_what_had_left_and_none_about_the_rest() -> None:
    session = bound(ManualClock(), window=1)
    session.submit("a", HELLO)
    session.submit("b", HELLO)
    effects = session.link_down()
    assert effects[:2] == [SmppInDoubt("a"), SmppUnsent("b")]
    assert effects[2] == SmppDown(SmppDownReason.CLOSED)
    assert session.submit("c", HELLO) == [SmppUnsent("c")]


def test_an_smsc_that_does_not_answer_is_left() -> None:
    clock = ManualClock()
    session = bound(clock, answer_s=5, idle_s=30)
    session.submit("a", HELLO)
    clock.advance(5)
    assert session.tick()[:2] == [SmppClose(), SmppInDoubt("a")]


def test_silence_is_tested_and_a_dead_link_is_found() -> None:
    clock = ManualClock()
    session = bound(clock, answer_s=5, idle_s=30)
    clock.advance(30)
    (asked,) = sent(session.tick())
    assert asked.command == SmppCommand.ENQUIRE_LINK
    session.received(answer(asked, SmppCommand.ENQUIRE_LINK_RESP))
    clock.advance(30)
    assert len(sent(session.tick())) == 1
    clock.advance(5)
    assert session.tick() == [SmppClose(), SmppDown(SmppDownReason.SILENT)]


def test_attempts_become_rarer_and_a_refused_password_is_tried_rarely() -> None:
    clock = ManualClock()
    session = SmppSession(
        BindRequest("a", "b"), clock=clock, timing=SmppTiming(first_retry_s=1, last_retry_s=8)
    )
    session.start()
    waits = []
    for _ in range(6):
        session.link_down()
        wakeup = session.wakeup()
        assert wakeup is not None
        waits.append(wakeup - clock.monotonic())
        clock.advance(waits[-1])
        assert session.tick() == [SmppConnect()]
    assert waits == [1, 2, 4, 8, 8, 8]
    (bind,) = sent(session.link_up())
    effects = session.received(answer(bind, SmppCommand.BIND_TRANSCEIVER_RESP, SmppStatus.INVALID_PASSWORD))
    assert effects == [SmppClose(), SmppDown(SmppDownReason.REFUSED, SmppStatus.INVALID_PASSWORD)]


def test_a_message_from_the_smsc_is_answered_once_it_is_taken() -> None:
    session = bound(ManualClock())
    body = message_body(ShortMessage(source="13904510001", content=b"1"))
    (delivered,) = session.received(encoded(Pdu(SmppCommand.DELIVER_SM, 9, 0, body)))
    assert isinstance(delivered, SmppDelivered)
    assert delivered.message.content == b"1"
    (answered,) = sent(session.answer(delivered.epoch, 9, taken=True))
    assert (answered.command, answered.sequence, answered.status) == (SmppCommand.DELIVER_SM_RESP, 9, 0)
    assert session.answer(delivered.epoch, 9, taken=True) == [], "once"


def test_more_than_can_be_taken_is_left_with_the_smsc() -> None:
    session = bound(ManualClock())
    body = message_body(HELLO)
    for number in range(MOST_UNANSWERED):
        session.received(encoded(Pdu(SmppCommand.DELIVER_SM, number + 1, 0, body)))
    (refused,) = sent(session.received(encoded(Pdu(SmppCommand.DELIVER_SM, 5000, 0, body))))
    assert refused.status == SmppStatus.TEMPORARY_APPLICATION_ERROR


def test_a_question_that_we_do_not_know_is_refused_and_a_farewell_answered() -> None:
    session = bound(ManualClock())
    (nack,) = sent(session.received(encoded(Pdu(0x0103, 4))))
    assert (nack.command, nack.status) == (SmppCommand.GENERIC_NACK, SmppStatus.INVALID_COMMAND)
    effects = session.received(encoded(Pdu(SmppCommand.UNBIND, 5)))
    assert sent(effects)[0].command == SmppCommand.UNBIND_RESP
    assert effects[1:] == [SmppClose(), SmppDown(SmppDownReason.CLOSED)]


def test_a_stop_says_farewell() -> None:
    session = bound(ManualClock())
    (asked,) = sent(session.close())
    assert asked.command == SmppCommand.UNBIND
    assert session.received(answer(asked, SmppCommand.UNBIND_RESP)) == [SmppClose()]
    assert session.state is SmppState.CLOSED


@given(st.lists(st.binary(max_size=80), max_size=10))
def test_any_bytes_may_come_from_what_answers(pieces: list[bytes]) -> None:
    session = bound(ManualClock())
    session.submit("a", HELLO)
    for piece in pieces:
        session.received(piece)
    assert session.state in set(SmppState)


class Outcomes(RuleBasedStateMachine):
    """Whatever happens in whatever order, a message has one outcome and the window holds."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.session = SmppSession(
            BindRequest("a", "b"), clock=self.clock, window=3, per_s=50, most_waiting=8,
            timing=SmppTiming(answer_s=5, idle_s=7),
        )  # fmt: skip
        self.asked: list[int] = []
        self.outcomes: list[object] = []
        self.requests: list[Pdu] = []
        self.connecting = False
        self.take(self.session.start())

    def take(self, effects: list[SmppEffect]) -> None:
        for effect in effects:
            if isinstance(effect, OUTCOMES):
                self.outcomes.append(effect.key)
            elif isinstance(effect, SmppConnect):
                self.connecting = True
            elif isinstance(effect, SmppClose | SmppDown):
                self.requests.clear()
        self.requests += sent(effects)

    @rule()
    def submit(self) -> None:
        self.asked.append(len(self.asked))
        self.take(self.session.submit(self.asked[-1], HELLO))

    @rule()
    def connect(self) -> None:
        if self.connecting:
            self.connecting = False
            self.take(self.session.link_up())

    @rule()
    def lose(self) -> None:
        self.connecting = False
        self.take(self.session.link_down())

    @rule(which=st.integers(0, 9), status=st.sampled_from([0, 0, 0, 0x58, 0x14, 0x0B, 0x45]))
    def answered(self, which: int, status: int) -> None:
        if self.requests:
            request = self.requests.pop(which % len(self.requests))
            body = message_id_body("1") if request.command == SmppCommand.SUBMIT_SM else b""
            self.take(self.session.received(answer(request, request.command | 0x80000000, status, body)))

    @rule(seconds=st.floats(0, 20))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.take(self.session.tick())

    @rule(which=st.integers(0, 50))
    def withdraw(self, which: int) -> None:
        self.take(self.session.withdraw(which))

    @invariant()
    def one_outcome(self) -> None:
        assert len(self.outcomes) == len(set(self.outcomes))
        assert len(self.asked) == len(self.outcomes) + self.session.waiting
        assert self.session.waiting <= 8

    def teardown(self) -> None:
        self.take(self.session.close())
        if self.session.state is not SmppState.CLOSED:
            self.take(self.session.link_down())
        assert sorted(map(str, self.outcomes)) == sorted(map(str, self.asked))


TestOutcomes = Outcomes.TestCase
