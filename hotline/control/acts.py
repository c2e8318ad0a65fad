"""What each verb asks of the switch for the one who is on the call. Every act is one move of legs between
places of dialplan/control.conf, and ends when the switch shows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from core.errors import Invalid
from hotline.calls.model import Call, Leg
from hotline.control.answer import ControlParameters
from hotline.control.errors import SwitchRefused
from hotline.control.model import CallDesk
from hotline.control.ports import ControlSwitch, DialplanPlace
from hotline.control.targets import Goal, Targets
from hotline.control.watch import ControlWatch

DIGIT_GAP_S: Final = 0.25
"""From one key to the next; each is heard for a tenth of a second."""
MOST_DIGITS: Final = 32
_KEYS: Final = frozenset("0123456789*#ABCD")

Seen = Callable[[], bool]


def together(one: Leg, other: Leg) -> Seen:
    """Both legs are in one bridge."""
    return lambda: bool(one.bridge) and one.bridge == other.bridge


def at(leg: Leg, *places: str) -> Seen:
    """The leg is at one of these places of the dialplan."""
    return lambda: leg.place in places


class Acts:
    """Each method gives by what its effect is known. Raises what the switch raises, and what is invalid."""

    def __init__(
        self, switch: ControlSwitch, targets: Targets, watch: ControlWatch, *, effect_s: float
    ) -> None:
        self._switch = switch
        self._targets = targets
        self._watch = watch
        self._effect_s = effect_s

    async def hold(self, call: Call, seat: CallDesk, _wish: ControlParameters) -> Seen:
        leg, citizen = seat.leg, _there(seat.far)
        held, holder = (
            DialplanPlace("control-held", leg.uniqueid),
            DialplanPlace("control-holder", citizen.uniqueid),
        )
        await self._switch.move(citizen.channel, held, (leg.channel, holder))
        # A leg that is moved again on its way to its place may miss the second move.
        return lambda: call.held_by(leg) is citizen and leg.place == "holder"

    async def resume(self, _call: Call, seat: CallDesk, _wish: ControlParameters) -> Seen:
        """Also the end of a consultation: who was asked is let go."""
        citizen = _there(seat.held)
        await self._switch.move(seat.leg.channel, DialplanPlace("control-resume", citizen.uniqueid))
        return together(seat.leg, citizen)

    async def mute(self, _call: Call, seat: CallDesk, _wish: ControlParameters) -> Seen:
        """The agent is not heard by the others."""
        return await self._mute(seat.leg, muted=True)

    async def unmute(self, _call: Call, seat: CallDesk, _wish: ControlParameters) -> Seen:
        """The agent is heard again."""
        return await self._mute(seat.leg, muted=False)

    async def consult(self, _call: Call, seat: CallDesk, wish: ControlParameters) -> Seen:
        goal = self._targets.goal(wish.target)
        if goal.kind == "queue":
            raise Invalid("a queue cannot be asked", remedy="redirect the call to the queue, or ask a desk")
        await self._ready(goal)
        citizen = _there(seat.citizen)
        context = "control-consult" if goal.kind == "desk" else "control-consult-out"
        asking = DialplanPlace(context, f"{citizen.uniqueid}*{goal.name}")
        leg, was = seat.leg, seat.leg.bridge
        if seat.held is not None:
            await self._switch.move(leg.channel, asking)
        else:
            held = DialplanPlace("control-held", leg.uniqueid)
            await self._switch.move(citizen.channel, held, (leg.channel, asking))
        # Where nobody can be asked, the leg is back with the citizen at once.
        # Both have moved: the citizen's leg may be made anew on its way and come a little later.
        return lambda: (
            (leg.place == "consult" and citizen.place == "held") or bool(leg.bridge and leg.bridge != was)
        )

    async def complete(self, _call: Call, seat: CallDesk, _wish: ControlParameters) -> Seen:
        """The citizen takes the colleague to himself; the agent's own leg finds nobody to go back to, and
        ends.
        """
        citizen, asked = _there(seat.held), _there(seat.asked)
        await self._switch.move(citizen.channel, DialplanPlace("control-join", asked.uniqueid))
        return together(citizen, asked)

    async def conference(self, call: Call, seat: CallDesk, _wish: ControlParameters) -> Seen:
        """The staff first: were this process to end between the two moves, the citizen is still held by
        them.
        """
        return await self.gather(call, _there(seat.held), seat.leg, _there(seat.asked))

    async def gather(self, call: Call, citizen: Leg, one: Leg, other: Leg) -> Seen:
        """Into one room, in an order in which nobody can be left alone there."""
        room = f"c{call.id.hex}"
        staff = DialplanPlace("control-conference-staff", room)
        await self._switch.move(one.channel, staff, (other.channel, staff))
        await self._watch.until(lambda: together(one, other)() and one.place == "conference", self._effect_s)
        await self._switch.move(citizen.channel, DialplanPlace("control-conference", room))
        return lambda: together(one, citizen)() and together(other, citizen)()

    async def patch(self, call: Call, seat: CallDesk, wish: ControlParameters) -> Seen:
        """Into a talkgroup's conference, the agent first: were this process to end between the two moves, the
        citizen is held by him.
        """
        leg, citizen = seat.leg, _there(seat.citizen)
        staff = DialplanPlace("control-patch-staff", wish.conference)
        if seat.held is None:
            held = DialplanPlace("control-held", leg.uniqueid)
            await self._switch.move(citizen.channel, held, (leg.channel, staff))
        else:
            await self._switch.move(leg.channel, staff)
        ready = await self._watch.until(
            lambda: at(leg, "patch")() and bool(leg.bridge) and call.held_by(leg) is citizen, self._effect_s
        )
        if not ready:
            raise SwitchRefused("the agent did not come into the talkgroup's conference")
        await self._switch.move(citizen.channel, DialplanPlace("control-patch", wish.conference))
        return together(leg, citizen)

    async def unpatch(self, call: Call, seat: CallDesk, wish: ControlParameters) -> Seen:
        """Out of it as they came in: held, then together."""
        seen = await self.hold(call, seat, wish)
        citizen = _there(seat.far)
        if not await self._watch.until(seen, self._effect_s):
            return seen
        await self._switch.move(seat.leg.channel, DialplanPlace("control-resume", citizen.uniqueid))
        return together(seat.leg, citizen)

    async def transfer(self, call: Call, seat: CallDesk, wish: ControlParameters) -> Seen:
        goal = self._targets.goal(wish.target)
        await self._ready(goal)
        contexts = {"desk": "control-transfer", "number": "control-transfer-out", "queue": "control-queue"}
        where = f"{goal.name}*{seat.leg.endpoint}" if goal.kind == "number" else goal.name
        return await self._send(call, seat, DialplanPlace(contexts[goal.kind], where), "transfer")

    async def redirect(self, call: Call, seat: CallDesk, wish: ControlParameters) -> Seen:
        goal = self._targets.goal(wish.target)
        if goal.kind != "queue":
            raise Invalid("redirect goes to a queue", remedy="transfer the call to a desk or number")
        return await self._send(call, seat, DialplanPlace("control-queue", goal.name), "queue")

    async def silent(self, call: Call, seat: CallDesk, _wish: ControlParameters) -> Seen:
        """Who says nothing is asked for a key, and comes back marked as one who cannot speak."""
        return await self._send(call, seat, DialplanPlace("control-silent", "start"), "silent")

    async def park(self, call: Call, seat: CallDesk, _wish: ControlParameters) -> Seen:
        """The citizen waits with music and without an agent."""
        return await self._send(call, seat, DialplanPlace("control-parked", "park"), "parked")

    async def retrieve(self, waiting: Leg, endpoint: str) -> Seen:
        """The parked leg itself rings whoever fetches it."""
        await self._targets.free(endpoint)
        await self._switch.move(waiting.channel, DialplanPlace("control-retrieve", endpoint))
        return lambda: waiting.place == "retrieve" or bool(waiting.bridge)

    async def digits(self, _call: Call, seat: CallDesk, wish: ControlParameters) -> Seen:
        if not wish.digits or len(wish.digits) > MOST_DIGITS or not _KEYS.issuperset(wish.digits):
            raise Invalid(f"digits are 1 to {MOST_DIGITS} of 0-9 * # A-D")
        far = _there(seat.far)
        for index, digit in enumerate(wish.digits):
            if index:
                await asyncio.sleep(DIGIT_GAP_S)
            await self._switch.digit(far.channel, digit)
        return lambda: True

    async def hangup(self, call: Call, seat: CallDesk, wish: ControlParameters) -> Seen:
        """The desk's own leg; of the whole call every leg, the citizen's first."""
        gone = list(call.legs.values()) if wish.whole else [seat.leg]
        for leg in sorted(gone, key=lambda one: one.role == "agent"):
            if leg.uniqueid in call.legs:
                await self._switch.hang_up(leg.channel)
        return lambda: not any(leg.uniqueid in call.legs for leg in gone)

    async def intercept(self, call: Call, seat: CallDesk, endpoint: str, spy: Leg | None) -> Seen:
        """The supervisor's phone takes the citizen: at once if it hears the call already, else it rings."""
        citizen = _there(seat.citizen)
        if spy is not None:
            # It stops listening first: the ear ends with the agent's leg, which may be gone before he comes.
            await self._switch.move(spy.channel, DialplanPlace("control-taking", citizen.uniqueid))
            if not await self._watch.until(at(spy, "taking"), self._effect_s):
                raise SwitchRefused("the supervisor's phone is still listening")
            await self._send(call, seat, DialplanPlace("control-join", spy.uniqueid), "join")
            return together(citizen, spy)
        await self._targets.free(endpoint)
        return await self._send(call, seat, DialplanPlace("control-transfer", endpoint), "transfer")

    async def _send(self, call: Call, seat: CallDesk, place: DialplanPlace, known_by: str) -> Seen:
        """The citizen goes there and the agent leaves. One who held him, or was in a conference with him,
        does not leave by himself, and is let go when the citizen has moved: were he to go first, the citizen
        would go to the queue.
        """
        citizen = _there(seat.citizen)
        was = citizen.bridge
        await self._switch.move(citizen.channel, place)

        def seen() -> bool:
            # For a moment a Local half may be there: a leg that is recorded is made anew by it.
            others = [leg for leg in call.with_(citizen) if leg.role != "local"]
            gone_on = call.waiting or bool(others and citizen.bridge != was)
            return gone_on or citizen.place in {known_by, "queue", "front"}

        stays = seat.held is not None or seat.leg.place == "conference"
        if stays and await self._watch.until(seen, self._effect_s):
            await self._switch.hang_up(seat.leg.channel)
            return lambda: True
        return seen

    async def _mute(self, leg: Leg, *, muted: bool) -> Seen:
        await self._switch.mute(leg.channel, muted=muted)
        leg.muted = muted
        return lambda: True

    async def _ready(self, goal: Goal) -> None:
        if goal.kind == "desk":
            await self._targets.free(goal.name)


def _there(leg: Leg | None) -> Leg:
    """The rules have let the verb through because this leg is there."""
    if leg is None:
        raise AssertionError("a verb was allowed without the leg that it moves")
    return leg
