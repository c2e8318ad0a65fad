"""The session: login, liveness, answers by ActionID, what is in doubt, and epochs; time stands still."""

from __future__ import annotations

import hashlib
import random

import pytest

from core.clock import ManualClock
from gateway.ami.errors import (
    ActionTimeout,
    LinkLost,
    ListIncomplete,
    ListTooLong,
    NotReady,
    OriginateInDoubt,
    TooManyActions,
)
from gateway.ami.outcome import (
    ActionAnswered,
    ActionFailed,
    AmiClose,
    AmiConnect,
    AmiDown,
    AmiPong,
    AmiSend,
    AmiUp,
    DownReason,
    Effect,
    Emit,
    Resolve,
)
from gateway.ami.session import AmiCredentials, AmiSession, AmiSessionState
from gateway.ami.unanswered import ActionLimits
from tests.ami.streams import BANNER, action_ids, event, log_in, new_session, response


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ready(clock: ManualClock) -> AmiSession:
    session = new_session(clock)
    session.start()
    log_in(session)
    return session


def outcomes(effects: list[Effect]) -> dict[str, object]:
    return {
        effect.action_id: effect.outcome.error if isinstance(effect.outcome, ActionFailed) else effect.outcome
        for effect in effects
        if isinstance(effect, Resolve)
    }


def test_login_proves_the_secret_without_sending_it(clock: ManualClock) -> None:
    session = new_session(clock)
    assert session.start() == [AmiConnect()]
    session.link_up()
    [challenge] = action_ids(session.receive(BANNER), "Challenge")
    effects = session.receive(response("Success", challenge, Challenge="840415273"))
    [sent] = [effect.data for effect in effects if isinstance(effect, AmiSend)]
    assert f"Key: {hashlib.md5(b'840415273geheim').hexdigest()}".encode() in sent
    assert b"geheim" not in sent
    [login] = action_ids(effects, "Login")
    assert session.receive(response("Success", login)) == [AmiUp(1)]


def test_login_by_plain_secret(clock: ManualClock) -> None:
    session = AmiSession(AmiCredentials("songhua", "geheim", "secret"), clock=clock, rng=random.Random(1))
    session.start()
    session.link_up()
    [login] = action_ids(session.receive(BANNER), "Login")
    assert session.receive(response("Success", login)) == [AmiUp(1)]


def test_a_success_without_a_challenge_is_no_login(clock: ManualClock) -> None:
    session = new_session(clock)
    session.start()
    session.link_up()
    [challenge] = action_ids(session.receive(BANNER), "Challenge")
    assert AmiDown(0, DownReason.LOGIN_REFUSED) in session.receive(response("Success", challenge))


def test_a_refused_login_is_told_once_and_tried_slowly(clock: ManualClock) -> None:
    session = new_session(clock)
    session.start()
    downs = []
    for _ in range(3):
        session.link_up()
        [challenge] = action_ids(session.receive(BANNER), "Challenge")
        effects = session.receive(response("Error", challenge, Message="Authentication failed"))
        assert AmiClose() in effects
        downs += [effect for effect in effects if isinstance(effect, AmiDown)]
        wake = session.wakeup()
        assert wake is not None
        assert wake - clock.monotonic() >= 5
        clock.advance(10)
        assert session.tick() == [AmiConnect()]
    assert downs == [AmiDown(0, DownReason.LOGIN_REFUSED)]


def test_nothing_is_sent_before_the_banner_and_no_ping_before_login(clock: ManualClock) -> None:
    session = new_session(clock)
    session.start()
    assert session.link_up() == []
    clock.advance(9.9)
    assert session.tick() == []
    session.receive(BANNER)
    clock.advance(9.9)
    assert session.tick() == []
    clock.advance(0.2)
    assert session.tick() == [AmiClose(), AmiDown(0, DownReason.LOGIN_TIMEOUT)]


def test_a_server_that_accepts_and_never_speaks_is_given_up(clock: ManualClock) -> None:
    session = new_session(clock)
    session.start()
    session.link_up()
    clock.advance(10)
    assert session.tick() == [AmiClose(), AmiDown(0, DownReason.NO_BANNER)]


def test_a_half_open_link_is_found_by_its_missing_pong(ready: AmiSession, clock: ManualClock) -> None:
    [ping] = action_ids(ready.tick(), "Ping")
    assert ready.receive(response("Success", ping, Ping="Pong", Timestamp="1700000000.25")) == [
        AmiPong("1700000000.25")
    ]
    clock.advance(2)
    assert len(action_ids(ready.tick(), "Ping")) == 1
    clock.advance(3.9)
    assert ready.tick() == []
    clock.advance(0.2)
    assert ready.tick() == [AmiClose(), AmiDown(1, DownReason.HALF_OPEN)]


def test_silence_is_normal_as_long_as_pings_are_answered(ready: AmiSession, clock: ManualClock) -> None:
    for _ in range(1000):
        for ping in action_ids(ready.tick(), "Ping"):
            ready.receive(response("Success", ping, Ping="Pong"))
        clock.advance(2)
    assert ready.state is AmiSessionState.READY


def test_answers_are_matched_by_id_whatever_their_order(ready: AmiSession) -> None:
    first, _ = ready.submit("QueueStatus", deadline=5)
    second, _ = ready.submit("CoreStatus", deadline=5)
    effects = ready.receive(response("Success", second) + response("Error", first, Message="No such queue"))
    found = outcomes(effects)
    assert list(found) == [second, first]
    answer = found[first]
    assert isinstance(answer, ActionAnswered)
    assert answer.response.text == "No such queue"


def test_an_answer_that_nobody_waits_for_is_counted_and_harms_nothing(ready: AmiSession) -> None:
    mine, _ = ready.submit("CoreStatus", deadline=5)
    effects = ready.receive(response("Success", "another-client-7") + b"Response: Success\r\n\r\n")
    assert outcomes(effects) == {}
    assert ready.orphans == 2
    assert list(outcomes(ready.receive(response("Success", mine)))) == [mine]


def test_a_list_answer_ends_with_its_complete_event_and_live_events_pass_it_by(ready: AmiSession) -> None:
    mine, _ = ready.submit("CoreShowChannels", deadline=5)
    effects = ready.receive(
        response("Success", mine, EventList="start")
        + event("CoreShowChannel", ActionID=mine, Channel="PJSIP/1")
        + event("Newstate", Channel="PJSIP/1")
        + event("CoreShowChannel", ActionID=mine, Channel="PJSIP/2")
        + event("CoreShowChannelsComplete", ActionID=mine, EventList="Complete", ListItems="2")
    )
    answer = outcomes(effects)[mine]
    assert isinstance(answer, ActionAnswered)
    assert [item.get("Channel") for item in answer.items] == ["PJSIP/1", "PJSIP/2"]
    [live] = [effect for effect in effects if isinstance(effect, Emit)]
    assert [message.name for message in live.messages] == ["Newstate"]
    assert live.epoch == 1


def test_a_second_response_does_not_end_a_list_that_is_running(ready: AmiSession) -> None:
    mine, _ = ready.submit("CoreShowChannels", deadline=5)
    begin = response("Success", mine, EventList="start")
    assert outcomes(ready.receive(begin + response("Success", mine) + begin)) == {}
    end = event("CoreShowChannelsComplete", ActionID=mine, EventList="Complete", ListItems="1")
    found = outcomes(ready.receive(event("CoreShowChannel", ActionID=mine) + end))
    assert isinstance(found[mine], ActionAnswered)
    assert ready.orphans == 2


def test_a_list_with_another_number_of_items_than_promised_is_not_taken_for_whole(ready: AmiSession) -> None:
    mine, _ = ready.submit("QueueStatus", deadline=5)
    effects = ready.receive(
        response("Success", mine, EventList="start")
        + event("QueueMember", ActionID=mine)
        + event("QueueStatusComplete", ActionID=mine, EventList="Complete", ListItems="3")
    )
    error = outcomes(effects)[mine]
    assert isinstance(error, ListIncomplete)
    assert (error.expected, len(error.answer.items)) == (3, 1)


def test_a_list_without_end_is_cut_and_its_rest_is_no_live_event(clock: ManualClock) -> None:
    session = AmiSession(
        AmiCredentials("u", "s"), clock=clock, rng=random.Random(1), bounds=ActionLimits(items=3)
    )
    session.start()
    log_in(session)
    mine, _ = session.submit("CoreShowChannels", deadline=5)
    item = event("CoreShowChannel", ActionID=mine)
    effects = session.receive(response("Success", mine, EventList="start") + item * 10)
    assert isinstance(outcomes(effects)[mine], ListTooLong)
    assert not [effect for effect in effects if isinstance(effect, Emit)]


def test_items_of_a_list_that_timed_out_are_no_live_events(ready: AmiSession, clock: ManualClock) -> None:
    mine, _ = ready.submit("CoreShowChannels", deadline=1)
    clock.advance(1)
    assert isinstance(outcomes(ready.tick())[mine], ActionTimeout)
    late = (
        response("Success", mine, EventList="start")
        + event("CoreShowChannel", ActionID=mine)
        + event("CoreShowChannelsComplete", ActionID=mine, EventList="Complete", ListItems="1")
    )
    effects = ready.receive(late + event("Hangup"))
    [live] = [effect for effect in effects if isinstance(effect, Emit)]
    assert [message.name for message in live.messages] == ["Hangup"]


def test_an_unanswered_originate_is_in_doubt_and_a_read_is_only_lost(ready: AmiSession) -> None:
    call, _ = ready.submit("Originate", deadline=5, rings=True)
    read, _ = ready.submit("QueueStatus", deadline=5)
    found = outcomes(ready.link_down())
    assert isinstance(found[call], OriginateInDoubt)
    assert isinstance(found[read], LinkLost)


def test_an_originate_that_times_out_is_in_doubt_too(ready: AmiSession, clock: ManualClock) -> None:
    call, _ = ready.submit("Originate", deadline=5, rings=True)
    clock.advance(5)
    assert isinstance(outcomes(ready.tick())[call], OriginateInDoubt)


def test_nothing_is_sent_again_after_a_reconnect(ready: AmiSession, clock: ManualClock) -> None:
    ready.submit("Originate", deadline=60, rings=True)
    ready.link_down()
    clock.advance(2)
    assert ready.tick() == [AmiConnect()]
    effects = log_in(ready)
    assert effects == [AmiUp(2)]
    assert not action_ids(ready.tick(), "Originate")


def test_an_action_without_a_link_is_refused_and_not_kept_for_later(clock: ManualClock) -> None:
    session = new_session(clock)
    with pytest.raises(NotReady):
        session.submit("Originate", deadline=5, rings=True)
    session.start()
    log_in(session)
    assert not action_ids(session.tick(), "Originate")


def test_actions_that_wait_are_bounded(clock: ManualClock) -> None:
    session = AmiSession(
        AmiCredentials("u", "s"), clock=clock, rng=random.Random(1), bounds=ActionLimits(actions=2)
    )
    session.start()
    log_in(session)
    session.submit("Ping", deadline=5)
    session.submit("Ping", deadline=5)
    with pytest.raises(TooManyActions):
        session.submit("Ping", deadline=5)


def test_reconnect_delay_grows_to_its_cap_and_is_jittered(clock: ManualClock) -> None:
    session = new_session(clock)
    session.start()
    delays = []
    for _ in range(50):
        session.link_down(DownReason.CONNECT_FAILED)
        wake = session.wakeup()
        assert wake is not None
        delays.append(wake - clock.monotonic())
        clock.advance(delays[-1])
        assert session.tick() == [AmiConnect()]
    assert delays[0] <= 0.2
    assert max(delays) <= 1.0
    assert min(delays[5:]) >= 0.5
    assert len(set(delays)) > 40


def test_a_link_that_ends_right_after_login_is_not_hammered(clock: ManualClock) -> None:
    session = new_session(clock)
    session.start()
    delay = 0.0
    for _ in range(10):
        log_in(session)
        session.link_down()
        wake = session.wakeup()
        assert wake is not None
        delay = wake - clock.monotonic()
        clock.advance(delay)
        session.tick()
    assert delay >= 0.5


def test_each_reason_is_told_once_until_the_link_is_up_again(clock: ManualClock) -> None:
    session = new_session(clock)
    session.start()
    told = []
    for reason in (DownReason.CONNECT_FAILED, DownReason.PEER_CLOSED) * 20:
        told += session.link_down(reason)
        clock.advance(1)
        session.tick()
    assert told == [AmiDown(0, DownReason.CONNECT_FAILED), AmiDown(0, DownReason.PEER_CLOSED)]


def test_stop_resolves_everything_and_a_stopped_session_can_start_again(ready: AmiSession) -> None:
    mine, _ = ready.submit("QueueStatus", deadline=5)
    assert isinstance(outcomes(ready.stop())[mine], LinkLost)
    assert ready.stop() == []
    assert ready.wakeup() is None
    assert ready.start() == [AmiConnect()]
    assert log_in(ready) == [AmiUp(2)]
