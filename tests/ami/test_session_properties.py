"""Whatever happens in whatever order: the session's promises hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.clock import ManualClock
from gateway.ami.outcome import AmiConnect, AmiSend, AmiUp, DownReason, Effect, Emit, Resolve
from gateway.ami.session import AmiSessionState
from tests.ami.streams import BANNER, event, new_session, response


class AnyOrder(RuleBasedStateMachine):
    """Drives one session with everything that a network and a switch can do to it."""

    @initialize()
    def begin(self) -> None:
        self.clock = ManualClock()
        self.session = new_session(self.clock)
        self.sent: list[tuple[str, str]] = []  # (action, id), over all connections
        self.open_ids: list[str] = []  # written on this connection and perhaps unanswered
        self.submitted: set[str] = set()
        self.resolved: list[str] = []
        self.epochs = [0]
        self.connected = False
        self.logged_in = False
        self.take(self.session.start())

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case AmiSend(data):
                    lines = data.decode().split("\r\n")
                    action, action_id = lines[0].removeprefix("Action: "), lines[1].removeprefix("ActionID: ")
                    assert self.connected
                    assert self.logged_in or action in {"Challenge", "Login"}
                    self.sent.append((action, action_id))
                    self.open_ids.append(action_id)
                case AmiConnect():
                    assert not self.connected
                    self.connected, self.logged_in = True, False
                    self.open_ids = []
                    self.take(self.session.link_up())
                case AmiUp(epoch):
                    self.epochs.append(epoch)
                    self.logged_in = True
                case Resolve(action_id, _):
                    self.resolved.append(action_id)
                case Emit(epoch, _):
                    assert self.logged_in
                    assert epoch == self.epochs[-1]
                case _:
                    pass
        if self.session.state in {AmiSessionState.DISCONNECTED, AmiSessionState.CLOSED}:
            self.connected = self.logged_in = False

    @rule()
    def banner(self) -> None:
        self.take(self.session.receive(BANNER))

    @precondition(lambda self: self.session.state is not AmiSessionState.READY)
    @rule()
    def log_in(self) -> None:
        self.take(self.session.link_down())
        self.clock.advance(10)
        self.take(self.session.tick())
        self.take(self.session.receive(BANNER))
        self.take(self.session.receive(response("Success", self.open_ids[-1], Challenge="1")))
        self.take(self.session.receive(response("Success", self.open_ids[-1])))
        assert self.session.state is AmiSessionState.READY

    @rule(word=st.sampled_from(["Success", "Error"]), which=st.integers(0, 9), challenge=st.booleans())
    def answer(self, word: str, which: int, *, challenge: bool) -> None:
        if self.open_ids:
            headers = {"Challenge": "1"} if challenge else {}
            self.take(
                self.session.receive(response(word, self.open_ids[which % len(self.open_ids)], **headers))
            )

    @rule(which=st.integers(0, 9), end=st.sampled_from(["", "start", "Complete"]))
    def listed(self, which: int, end: str) -> None:
        if self.open_ids:
            action_id = self.open_ids[which % len(self.open_ids)]
            make = response if end == "start" else None
            data = (
                make("Success", action_id, EventList=end)
                if make
                else event("CoreShowChannel", ActionID=action_id, **({"EventList": end} if end else {}))
            )
            self.take(self.session.receive(data))

    @rule(data=st.binary(max_size=30))
    def noise(self, data: bytes) -> None:
        self.take(self.session.receive(data + b"\r\n\r\n"))

    @rule()
    def live(self) -> None:
        self.take(self.session.receive(event("Newchannel", Channel="PJSIP/1")))

    @rule(seconds=st.one_of(st.floats(0, 2), st.floats(0, 15)))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.take(self.session.tick())

    @rule(reason=st.sampled_from(list(DownReason)))
    def cut(self, reason: DownReason) -> None:
        self.take(self.session.link_down(reason))

    @precondition(lambda self: self.session.state is AmiSessionState.READY)
    @rule(rings=st.booleans(), deadline=st.floats(0.1, 10))
    def submit(self, deadline: float, *, rings: bool) -> None:
        action_id, effects = self.session.submit("Originate", deadline=deadline, rings=rings)
        self.submitted.add(action_id)
        self.take(effects)

    @invariant()
    def promises(self) -> None:
        ids = [action_id for _, action_id in self.sent]
        assert len(ids) == len(set(ids)), "an action was sent twice"
        assert len(self.resolved) == len(set(self.resolved)), "an action was resolved twice"
        assert set(self.resolved) <= self.submitted
        assert self.session.unanswered == len(self.submitted) - len(self.resolved)
        assert self.epochs == sorted(set(self.epochs))
        if self.session.state is not AmiSessionState.READY:
            assert set(self.resolved) == self.submitted, "an action outlived its link"

    def teardown(self) -> None:
        self.take(self.session.stop())
        assert set(self.resolved) == self.submitted


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(stateful_step_count=40)
