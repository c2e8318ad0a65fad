"""One call moved about on a real Asterisk 22: held, consulted, conferred, parked, fetched; what is shown."""

from __future__ import annotations

from core.ids import call_id
from hotline.events import CallEnded, CallRinging
from tests.hotline.stream import Message, recorded, recorded_rows
from tests.hotline.world import LI, WANG, ZHAO, World


def _citizen(messages: list[Message]) -> str:
    return next(one.get("Uniqueid") for one in messages if one.get("Channel").startswith("PJSIP/trunk"))


def _moved_about() -> list[Message]:
    """The recording stops while the second agent is still in the room: the hotline lets such a leg go."""
    messages = recorded("control")
    left = next(one for one in messages if one.get("Channel").startswith("PJSIP/agent102"))
    about = {"Uniqueid": left.get("Uniqueid"), "Linkedid": left.get("Linkedid"), "Cause": "16"}
    parked = next(n for n, one in enumerate(messages) if one.get("Place") == "parked") + 1
    return [*messages[:parked], Message("Hangup", about), *messages[parked:]]


def _shown(world: World, messages: list[Message]) -> list[tuple[str, str, str, str]]:
    """State of the citizen's call and of the three agents, each time that something of it changes."""
    call = call_id("hl", _citizen(messages))
    seen: list[tuple[str, str, str, str]] = []
    for one in messages:
        world.hears([one])
        live = world.hotline.calls.by_id.get(call)
        state = live.state if live else "ended"
        now = (state, world.state_of("li"), world.state_of("wang"), world.state_of("zhao"))
        if not seen or seen[-1] != now:
            seen.append(now)
    return seen


async def test_each_state_of_the_call_is_shown_and_nobody_wraps_up_too_early(world: World) -> None:
    for one in (LI, WANG, ZHAO):
        world.hotline.registry.sign_in(one, None)
    seen = _shown(world, _moved_about())
    states = [state for state, *_ in seen]
    steps = list(dict.fromkeys(states))
    for state in ("ringing", "talking", "hold", "consulting", "conference", "parked", "ended"):
        assert state in steps, seen
    assert steps.index("hold") < steps.index("consulting") < steps.index("conference") < steps.index("parked")
    for state, li, wang, _ in seen:
        if state == "hold":
            assert li == "hold", seen
        if state in {"hold", "consulting", "conference"}:
            assert "wrap_up" not in (li, wang), seen
    assert seen[-1] == ("ended", "ready", "ready", "wrap_up")


async def test_each_desk_pops_once_and_the_last_one_owes_the_disposition(world: World) -> None:
    messages = _moved_about()
    await world.plays(messages)
    assert [pop.agent_id for pop in world.bus.of(CallRinging)] == ["li", "wang", "zhao"]
    (ended,) = world.bus.of(CallEnded)
    assert ended.agent_ids == ["li", "wang", "zhao"]
    pages = world.hotline.registry.ledger.agents
    assert {name: page.owed for name, page in pages.items() if page.owed} == {"zhao": [ended.call_id]}


async def test_a_gateway_that_starts_while_a_citizen_is_held_knows_by_whom(world: World) -> None:
    rows = [one for one in recorded_rows("control") if one.name == "CoreShowChannel"]
    assert rows
    await world.connect(channels=rows)
    (call,) = world.hotline.calls
    assert call.state == "hold"
    assert world.state_of("li") == "hold"
