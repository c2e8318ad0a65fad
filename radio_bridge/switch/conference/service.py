"""The conferences of talkgroups, in the role `centre`: who of them is heard follows who has the floor, and
each that needs it has a leg to the role `radio`.

What is to be is compared with what the switch has, at each change and every second; nothing is trusted to
have arrived.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID, uuid4

from core.errors import Forbidden, SonghuaError, Unavailable
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.malformed import Malformed
from core.metrics import counter, gauge
from core.switch import SwitchMessage
from core.tasks import Tasks
from field.contract.mobile import codec
from field.contract.names import is_unit
from radio_bridge.floor.members import DESK_NAME, LINE_NAME
from radio_bridge.floor.messages import GroupState
from radio_bridge.floor.model import LINE, PATCH, PERSON
from radio_bridge.floor.ports import Notice
from radio_bridge.switch.conference import topics
from radio_bridge.switch.conference.messages import GroupSound, SoundState
from radio_bridge.switch.conference.model import (
    RADIO_CHANNEL,
    Conference,
    ConferenceLeg,
    ConferenceTalker,
    brings,
    conference_of,
    group_of,
    heard,
    radio_leg_of,
    wrong,
)
from radio_bridge.switch.conference.ports import ConferenceRights, ConferenceSwitch, Desks
from radio_bridge.switch.conference.signals import (
    ConferenceClosed,
    Joined,
    Left,
    LegIsHeard,
    PartyNamed,
    signal_of,
)

_log = logger("radio_bridge")
_open = gauge("radio_bridge_conferences", "Talkgroups with a conference in the switch")
_mutes = counter("radio_bridge_conference_mutes", "Legs muted and unmuted, by what came of it", ["what"])
_drift = counter("radio_bridge_conference_drift", "What the switch had otherwise than it was thought")
_legs = counter("radio_bridge_conference_radio_legs_placed", "Legs to the role radio that were asked for")

LOOKS_EVERY_S: Final = 1.0
PLACED_S: Final = 3.0
"""A leg to the role `radio` that is not there after so long is asked for anew."""
MAX_BYTES: Final = 65_536
EXPIRY_S: Final = 2.0
NAMED_MOST: Final = 1000


class NotAMember(Forbidden):
    kind: ClassVar[str] = "not-on-talkgroup"
    title: ClassVar[str] = "This party may not hear the talkgroup"


class ConferenceService:
    """Make it before the link starts: it subscribes. Give it the switch's messages and the floors' states."""

    name = "conferences"

    def __init__(
        self,
        switch: ConferenceSwitch,
        link: BrokerLink,
        rights: ConferenceRights,
        desks: Desks,
        *,
        tenant: str,
    ) -> None:
        self._switch = switch
        self._link = link
        self._rights = rights
        self._desks = desks
        self._tenant = tenant
        self._rooms: dict[str, Conference] = {}
        self._named: dict[str, str] = {}
        self._talkers: dict[str, ConferenceTalker] = {}
        self._said: dict[str, GroupSound] = {}
        self._parting: set[str] = set()
        """Talkgroups whose patch is being ended: it counts no more."""
        self._sound: SoundState | None = None
        self._again: set[str] = set()
        self._busy: set[str] = set()
        self._tasks = Tasks("conferences")
        self._look_soon = asyncio.Event()
        link.subscribe(topics.state(tenant), self._on_sound_state, name="sound-state")

    async def start(self) -> None:
        self._tasks.forever("look", self._run)

    async def stop(self) -> None:
        await self._tasks.stop()

    # --- what is asked --------------------------------------------------------------------------------

    async def admit(self, channel: str, group: str, party: str) -> None:
        """Send the leg of a unit's or a desk's page into the talkgroup's conference, muted.

        Raises `NotAMember`, `core.errors.Conflict` when the leg is gone, `core.errors.Unavailable`.
        """
        if not self._may_hear(group, party):
            raise NotAMember(remedy="put the unit on the talkgroup")
        self._name(channel, party)
        await self._switch.admit(channel, conference_of(group), party)

    async def let_talk_by_voice(self, group: str, leg: ConferenceLeg) -> None:
        """Its telephone is heard in the conference while nobody has the floor. Raises as `admit`."""
        await self._switch.mark_voice(leg.channel)
        leg.voice = True
        self._want(group)

    def shut(self, group: str, leg: ConferenceLeg, *, shut: bool) -> None:
        """A telephone that talks by voice is not heard before it has the floor, or is again."""
        leg.shut = shut
        self._want(group)

    async def join(self, one: str, two: str) -> None:
        """Patch two talkgroups; when the switch has done it, `patched` says so. Raises
        `core.errors.Unavailable`.
        """
        self._parting -= {one, two}
        await self._switch.join(one, two, (conference_of(one), conference_of(two)))

    def patched(self, group: str) -> str | None:
        """The talkgroup that this one is patched to, as the switch has it: each has the other's leg."""
        if group in self._parting:
            return None
        for other in brings(self.legs(group)):
            if other not in self._parting and group in brings(self.legs(other)):
                return other
        return None

    async def part(self, group: str) -> None:
        """End its patch to another talkgroup: at once for the floors, then in the switch. Raises
        `core.errors.Unavailable` when the switch has not done it; it is tried again each second.
        """
        both = {group, *brings(self.legs(group))}
        self._parting |= both
        for one in both:
            await self._say_patched(one)
        await self._take_apart(group)

    async def tell(self, group: str, notice: Notice) -> None:
        """Everybody who listens in the talkgroup's conference hears this tone, while nobody has the floor;
        where nobody listens nothing is done. Raises `core.errors.Unavailable`.
        """
        if any(not leg.party.startswith(PATCH) for leg in self.legs(group)):
            await self._switch.tell(conference_of(group), notice)

    def legs(self, group: str) -> Sequence[ConferenceLeg]:
        room = self._rooms.get(group)
        return [] if room is None else list(room.legs.values())

    def is_heard(self, group: str, party: str, request_id: UUID) -> bool | None:
        """Whether the talk of this party's request has been heard in the talkgroup's conference, which brings
        it to its network; None while the party has no leg there.
        """
        room = self._rooms.get(group)
        if room is None or not self._legs_of(room, ConferenceTalker(party, request_id)):
            return None
        return room.heard == request_id and (room.radio_there or group not in self.voiced())

    def voiced(self) -> Sequence[str]:
        """Talkgroups with a network that has voice, as the role `radio` told last."""
        return () if self._sound is None else self._sound.groups

    def groups(self) -> Sequence[str]:
        return list(self._rooms)

    # --- what the floor says --------------------------------------------------------------------------

    def floor_is(self, group: str, state: GroupState | None, party_of: str | None) -> None:
        """The floor as it was last told; None when nobody keeps it. `party_of` is who asked at a desk."""
        talker = None
        if state is not None and state.talker is not None:
            shown = state.talker
            known = shown.party if is_unit(shown.party) else party_of
            if shown.party not in {DESK_NAME, LINE_NAME} or known is not None:
                talker = ConferenceTalker(known or shown.party, shown.of)
        before = self._talkers.get(group)
        if talker == before:
            return
        if talker is None:
            self._talkers.pop(group, None)
        else:
            self._talkers[group] = talker
        if group in self._rooms:
            self._note_heard(self._rooms[group])
            self._want(group)

    # --- what the switch says -------------------------------------------------------------------------

    def on_message(self, message: SwitchMessage) -> None:
        match signal_of(message):
            case PartyNamed(channel, party):
                self._name(channel, party)
            case Joined(group, channel, muted):
                room = self._room(group)
                room.changes += 1
                room.legs[channel] = ConferenceLeg(channel, self._named.get(channel, ""), muted)
                self._want(group)
            case Left(group, channel):
                room_left = self._rooms.get(group)
                self._named.pop(channel, None)
                if room_left is not None:
                    room_left.changes += 1
                    room_left.legs.pop(channel, None)
                    self._want(group)
            case LegIsHeard(group, channel, speaks):
                self._note_speaks(group, channel, speaks=speaks)
            case ConferenceClosed(group):
                self._close(group)
            case _:
                pass

    def on_snapshot(self, channels: Sequence[SwitchMessage]) -> None:
        """Everything that exists in the switch: what is not there any more is closed."""
        found = set()
        for row in channels:
            group = group_of(row.get("ApplicationData").partition(",")[0])
            if row.get("Application") == "ConfBridge" and group is not None:
                found.add(group)
                self._room(group)
        for group in [group for group in self._rooms if group not in found]:
            self._close(group)
        self._look_soon.set()

    def on_link_down(self) -> None:
        """Who is muted stays muted; what changes meanwhile is seen with the next snapshot."""

    # --- what the role radio says ---------------------------------------------------------------------

    async def _on_sound_state(self, message: BrokerMessage) -> None:
        try:
            said = codec.decode(SoundState, message.payload, limit=MAX_BYTES) if message.payload else None
        except Malformed as error:
            _log.warning("where sound goes was not understood", why=str(error))
            return
        self._sound = said
        self._look_soon.set()

    # --- inside ---------------------------------------------------------------------------------------

    def _room(self, group: str) -> Conference:
        room = self._rooms.get(group)
        if room is None:
            room = self._rooms[group] = Conference(group)
            _open.set(len(self._rooms))
        return room

    def _note_speaks(self, group: str, channel: str, *, speaks: bool) -> None:
        room = self._rooms.get(group)
        leg = None if room is None else room.legs.get(channel)
        if room is not None and leg is not None:
            leg.speaks = speaks
            self._note_heard(room)

    def _note_heard(self, room: Conference) -> None:
        talker = self._talkers.get(room.group)
        if talker is not None and any(leg.speaks for leg in self._legs_of(room, talker)):
            room.heard = talker.request_id

    def _legs_of(self, room: Conference, talker: ConferenceTalker) -> Sequence[ConferenceLeg]:
        return [leg for leg in room.legs.values() if heard(leg, talker, self._desks.endpoint_of)]

    def _close(self, group: str) -> None:
        room = self._rooms.pop(group, None)
        _open.set(len(self._rooms))
        if room is not None and group in self._said:
            self._tasks.spawn("closed", lambda: self._closed(room))

    async def _closed(self, room: Conference) -> None:
        """The leg to the role `radio` does not keep a conference open that nobody else is in."""
        await self._end_radio_leg(room)
        if room.group not in self._rooms:
            await self._say_closed(room.group)

    def _name(self, channel: str, party: str) -> None:
        self._named[channel] = party
        while len(self._named) > NAMED_MOST:
            del self._named[next(iter(self._named))]

    def _want(self, group: str) -> None:
        """Bring this conference to what is to be, soon; one at a time for each."""
        self._again.add(group)
        if group not in self._busy and self._tasks.spawn("settle", lambda: self._settle(group)):
            self._busy.add(group)

    async def _settle(self, group: str) -> None:
        try:
            while group in self._again:
                self._again.discard(group)
                await self._once(group)
        finally:
            self._busy.discard(group)

    async def _once(self, group: str) -> None:
        room = self._rooms.get(group)
        if room is None:
            return
        await self._know(room)
        talker = self._talkers.get(group)
        changes = wrong(room.legs.values(), talker, self._desks.endpoint_of)
        done = await asyncio.gather(*(self._set(room, leg, muted=muted) for leg, muted in changes))
        if not all(done):
            # Tried again when the conference is looked at the next time.
            self._carries(room, None)
        elif talker == self._talkers.get(group):
            self._carries(room, None if talker is None else talker.request_id)
        await self._keep_radio_leg(room)
        await self._say(room)

    async def _know(self, room: Conference) -> None:
        for leg in [leg for leg in room.legs.values() if not leg.party]:
            leg.party = self._named.get(leg.channel) or await self._asked(leg.channel)
        for leg in list(room.legs.values()):
            if leg.voice is None and leg.party:
                await self._know_voice(leg)

    async def _know_voice(self, leg: ConferenceLeg) -> None:
        """A telephone that was put through by a former run of this process talks as it did."""
        try:
            voice = leg.party.startswith(LINE) and await self._switch.talks_by_voice(leg.channel)
        except Unavailable:
            return
        if leg.voice is None:
            leg.voice = voice

    async def _asked(self, channel: str) -> str:
        try:
            party = await self._switch.party_of(channel)
        except Unavailable:
            return ""
        if party:
            self._name(channel, party)
        return party

    async def _set(self, room: Conference, leg: ConferenceLeg, *, muted: bool) -> bool:
        """Whether it is so now; a leg that is gone is."""
        try:
            there = await self._switch.mute(room.name, leg.channel, muted=muted)
        except Unavailable as error:
            _mutes.labels("failed").inc()
            _log.warning(
                "a leg of a talkgroup was not muted or unmuted", error=error.kind, talkgroup=room.group
            )
            return False
        if there:
            leg.muted = muted
            leg.speaks = leg.speaks and not muted
            _mutes.labels("muted" if muted else "unmuted").inc()
        else:
            room.legs.pop(leg.channel, None)
        return True

    # --- its leg to the role radio --------------------------------------------------------------------

    async def _keep_radio_leg(self, room: Conference) -> None:
        """There while somebody else is in the conference and the talkgroup has a network with voice."""
        sound = self._sound
        here = self._rooms.get(room.group) is room
        wanted = here and bool(room.legs) and sound is not None and room.group in sound.groups
        if not wanted or sound is None:
            await self._end_radio_leg(room)
            return
        late = not room.radio_there and time.monotonic() - room.radio_asked > PLACED_S
        if room.radio is not None and room.radio_run == sound.run and not late:
            return
        await self._end_radio_leg(room)
        room.radio, room.radio_run, room.radio_asked = uuid4(), sound.run, time.monotonic()
        # First the word about it: the role closes a leg that it was not told of.
        await self._say(room)
        _legs.inc()
        try:
            await self._switch.place_radio_leg(sound.host, sound.port, room.radio, room.name)
        except SonghuaError as error:
            _log.warning("no leg to the role radio", error=error.kind, talkgroup=room.group)
        if self._rooms.get(room.group) is not room:
            await self._closed(room)

    async def _end_radio_leg(self, room: Conference) -> None:
        leg, room.radio, room.radio_there = room.radio, None, False
        if leg is not None:
            await self._end_leg(leg)

    async def _end_leg(self, leg: UUID) -> None:
        try:
            await self._switch.end_radio_leg(leg)
        except SonghuaError as error:
            # Without another leg the role radio ends it: it is not told of it any more.
            _log.info("a leg to the role radio was not ended", error=error.kind)

    # --- looking --------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._look_soon.clear()
            for group in list(self._rooms):
                await self._look(group)
            # A conference that closed while its leg was being asked for: the role radio lets that one go.
            for group in [group for group in self._said if group not in self._rooms]:
                await self._say_closed(group)
            try:
                async with asyncio.timeout(LOOKS_EVERY_S):
                    await self._look_soon.wait()
            except TimeoutError:
                continue

    async def _look(self, group: str) -> None:
        """Compare with the switch, and bring to what is to be what is not."""
        room = self._rooms.get(group)
        if room is None:
            return
        changes = room.changes
        try:
            members = await self._switch.members(room.name)
        except SonghuaError:
            return
        if self._rooms.get(group) is not room or room.changes != changes:
            return
        if not members:
            self._close(group)
            return
        there = {one.channel: one for one in members if not one.channel.startswith(RADIO_CHANNEL)}
        await self._look_at_radio_legs(room, [one.channel for one in members if one.channel not in there])
        for channel in [channel for channel in room.legs if channel not in there]:
            del room.legs[channel]
            _drift.inc()
        for channel, member in there.items():
            leg = room.legs.get(channel)
            if leg is None:
                room.legs[channel] = ConferenceLeg(channel, self._named.get(channel, ""), member.muted)
                _drift.inc()
            elif leg.muted != member.muted and group not in self._busy:
                leg.muted = member.muted
                _drift.inc()
        await self._send_out_who_may_not(room)
        await self._look_at_patch(room)
        self._want(group)

    async def _send_out_who_may_not(self, room: Conference) -> None:
        """A unit that was taken off the talkgroup hears it no more, nor does a desk whose page is gone."""
        for leg in list(room.legs.values()):
            is_a_pages = is_unit(leg.party) or leg.party.startswith(PERSON)
            if not is_a_pages or self._may_hear(room.group, leg.party):
                continue
            try:
                await self._switch.send_out(room.name, leg.channel)
            except SonghuaError as error:
                _log.warning("a leg was not sent out of its talkgroup", error=error.kind)

    def _may_hear(self, group: str, party: str) -> bool:
        if party.startswith(PERSON):
            return self._desks.listens(party.removeprefix(PERSON), group)
        return self._rights.right(group, party) is not None

    async def _look_at_patch(self, room: Conference) -> None:
        if room.group not in self._parting:
            return
        if not brings(room.legs.values()):
            self._parting.discard(room.group)
            return
        try:
            await self._take_apart(room.group)
        except SonghuaError as error:
            _log.warning("a patch was not taken apart", error=error.kind, talkgroup=room.group)

    async def _take_apart(self, group: str) -> None:
        """One end goes with the other."""
        for leg in brings(self.legs(group)).values():
            await self._switch.send_out(conference_of(group), leg.channel)

    async def _look_at_radio_legs(self, room: Conference, channels: Sequence[str]) -> None:
        """One is enough: that of a former run of this process is taken over, any other ends."""
        sound = self._sound
        if sound is None:
            return
        found = [radio_leg_of(channel, sound.host, sound.port) for channel in channels]
        here = [leg for leg in found if leg is not None]
        if room.radio is None and here:
            room.radio, room.radio_run, room.radio_asked = here[0], sound.run, time.monotonic()
        room.radio_there = room.radio in here
        for leg in here:
            if leg != room.radio:
                await self._end_leg(leg)

    # --- telling --------------------------------------------------------------------------------------

    def _carries(self, room: Conference, request_id: UUID | None) -> None:
        known = self._said.get(room.group)
        if known is None or known.carries != request_id:
            self._said[room.group] = self._sound_of(room, request_id)

    def _sound_of(self, room: Conference, carries: UUID | None) -> GroupSound:
        patched = self.patched(room.group)
        voice = any(leg.voice and not leg.by_hand for leg in room.legs.values())
        return GroupSound(talkgroup=room.group, leg=room.radio, carries=carries, voice=voice, patched=patched)

    async def _say(self, room: Conference) -> None:
        """Said at each change and every second: it counts for a few seconds only."""
        known = self._said.get(room.group)
        if known is None and room.radio is None and self.patched(room.group) is None:
            return
        said = self._sound_of(room, known.carries if known is not None else None)
        self._said[room.group] = said
        await self._publish(said)

    async def _say_patched(self, group: str) -> None:
        """That it is patched no more is said before the switch is asked to do it."""
        room = self._rooms.get(group)
        if room is not None:
            await self._say(room)

    async def _say_closed(self, group: str) -> None:
        self._said.pop(group, None)
        await self._publish(GroupSound(talkgroup=group))

    async def _publish(self, said: GroupSound) -> None:
        topic = topics.sound(self._tenant, said.talkgroup)
        try:
            await self._link.publish(topic, said.model_dump_json().encode(), expiry_s=EXPIRY_S)
        except Unavailable:
            # Said again in a second; until then the role radio carries nothing new.
            return
