"""Fills the ledger's ports, and files drafts, cases and dispatches in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final, Literal
from uuid import UUID

from cases.evaluation.printing.service import EvaluationPrinting
from cases.events import (
    WHO_CALLED,
    ArticleUsed,
    CaseChanged,
    CaseFiled,
    DispatchChanged,
    DispatchQueued,
    OperatingModeChanged,
)
from cdr.cel.model import CelRow
from cdr.errors import RecorderAway
from cdr.events import CallErased
from cdr.ports import LiveSnapshot, OnAir, SeenEvents
from cdr.recordings.control.model import LiveLeg
from cdr.service import LedgerService
from cdr.transmissions.store import RecordedTransmission
from core.actor import Actor
from core.bus import Bus
from core.errors import Forbidden, NotFound
from core.ids import uuid7
from core.storage import Storage
from core.tasks import Tasks
from gateway.ami.actions import MarkRecording, MuteRecording
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused, AmiError
from gateway.ami.message import AmiEvent
from gateway.ami.subscription import Live, Snapshot
from gateway.bus import LocalBus
from gateway.wiring.desk_floor import DeskFloorPart
from gateway.wiring.hotline import Phones
from hotline.conferences.model import conference_named
from hotline.conferences.service import IncidentConferences
from hotline.erasing import forget_calls
from hotline.events import CallerContext, EarlierCallView
from hotline.service import Hotline
from radio_bridge.floor.model import NOTICE, PATCH
from radio_bridge.switch.patches.events import PatchTalked
from radio_bridge.transmissions.events import TransmissionEnded

RECORDER_ANSWERS_S = 2.0
_NO_ROW: Final = CelRow("", datetime.min.replace(tzinfo=UTC), "", "", "", "", "", "", "", "", "", "", "")
_ASK_AGAIN = "ask again with the same op_id; it is also tried again by itself until the pause's limit"


class AgentAtExtension:
    """Fills `cdr.ports.Roster`: a telephone belongs to one person for now, whatever the time."""

    def __init__(self, phones: Phones) -> None:
        self._phones = phones

    def agent_of(self, endpoint: str, at: datetime) -> str | None:
        del at
        return next((desk.agent_id for desk in self._phones.desks() if desk.endpoint == endpoint), None)


class EvaluationsToSend:
    """Fills `cdr.reports.schedules.ports.EvaluationReports` from the room of cases, which is made later."""

    def __init__(self, printing: Callable[[], EvaluationPrinting]) -> None:
        self._printing = printing

    async def to_send(
        self, owner: Actor, since: date, until: date, language: Literal["zh", "en"]
    ) -> tuple[str, str, bytes]:
        return await self._printing().to_send(owner, since, until, language)


class Channels:
    """Fills `cdr.ports.LiveCalls` from Asterisk's own list of channels."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def snapshot(self) -> LiveSnapshot | None:
        if not self._client.up:
            return None
        try:
            rows = await self._client.list_action("CoreShowChannels")
        except AmiError:
            return None
        return LiveSnapshot(frozenset(row.get(name) for row in rows for name in ("Uniqueid", "Linkedid")))


class SwitchRecorder:
    """Fills `cdr.recordings.control.ports.RecordingSwitch`: MixMonitorMute needs no more than the class
    `call`.
    """

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def mute(self, channel: str, *, muted: bool) -> bool:
        try:
            await self._client.perform(MuteRecording(channel, muted), deadline=RECORDER_ANSWERS_S)
        except ActionRefused:
            return False
        except AmiError as error:
            raise RecorderAway(error.detail, remedy=_ASK_AGAIN) from error
        return True

    async def mark(self, leg: LiveLeg, *, paused: bool, reason: str, by: str) -> None:
        mark = MarkRecording(paused, leg.uniqueid, leg.linkedid, reason, by, str(uuid7()))
        try:
            await self._client.perform(mark, deadline=RECORDER_ANSWERS_S)
        except AmiError as error:
            raise RecorderAway(error.detail, remedy=_ASK_AGAIN) from error


class TapsOfPauses:
    """Fills `cdr.recordings.control.ports.Listeners` from the hotline, which is made after the ledger."""

    def __init__(self, hotline: Callable[[], Hotline]) -> None:
        self._hotline = hotline

    async def stop(self, call_id: UUID) -> bool:
        hotline = self._hotline()
        names = _names(hotline, call_id) or (call_id,)
        try:
            await hotline.taps.hush_call(names)
        except AmiError as error:
            raise RecorderAway(error.detail, remedy=_ASK_AGAIN) from error
        return hotline.taps.hushed(names)

    def go_on(self) -> None:
        self._hotline().taps.pauses_changed()


class RunningCallsPort:
    """Fills `cdr.recordings.control.ports.RunningCalls` from the hotline, which is made after the ledger."""

    def __init__(self, client: AmiClient, hotline: Callable[[], Hotline]) -> None:
        self._client = client
        self._hotline = hotline

    def legs(self, call_id: UUID) -> Sequence[LiveLeg] | None:
        call = self._hotline().calls.known_as(call_id)
        if call is None:
            return None
        return [LiveLeg(leg.uniqueid, call.linkedid, leg.channel) for leg in call.legs.values()]

    def names(self, call_id: UUID) -> Sequence[UUID]:
        return _names(self._hotline(), call_id)

    def agents_on(self, call_id: UUID) -> frozenset[str]:
        return self._hotline().board.agents_on(call_id)

    def known(self) -> bool:
        return self._client.up


def _names(hotline: Hotline, call_id: UUID) -> Sequence[UUID]:
    call = hotline.calls.known_as(call_id)
    return () if call is None else hotline.calls.names(call)


class TalkgroupsOf:
    """Fills `cdr.ports.TalkgroupAccess` from the desks' side of floor control, which is made after the
    ledger.
    """

    def __init__(
        self, floor: Callable[[], DeskFloorPart], conferences: Callable[[], IncidentConferences]
    ) -> None:
        self._floor = floor
        self._conferences = conferences

    async def may_monitor(self, group: str, actor: Actor) -> bool | None:
        conference_id = conference_named(group)
        if conference_id is not None:
            try:
                await self._conferences().show(actor, conference_id)
            except NotFound:
                return None
            except Forbidden:
                return False
            return True
        return self._floor().rights.may_monitor(group, actor.roles)

    def on_air(self, group: str) -> OnAir | None:
        floor = next((one for one in self._floor().desk.floors() if one.talkgroup == group), None)
        if floor is None or floor.talker in {"", NOTICE} or floor.since is None:
            return None
        came_from = floor.talker.removeprefix(PATCH) if floor.talker.startswith(PATCH) else ""
        return OnAir(
            floor.talker, floor.talker_name, floor.priority or 0, floor.emergency, floor.since, came_from
        )


class CelEvents:
    """Fills `cdr.ports.CelCounter`: counts the CEL events that the AMI link brings, as a check on the file.

    A full disk loses lines without a word; only this count tells.
    """

    name = "cel-count"

    def __init__(self, client: AmiClient) -> None:
        self._subscription = client.subscribe("cel-count", events={"CEL"})
        self._tasks = Tasks("cel-count")
        self._seen: SeenEvents | None = None

    def seen(self) -> SeenEvents | None:
        return self._seen

    async def start(self) -> None:
        self._tasks.forever("count", self._count)

    async def stop(self) -> None:
        await self._tasks.stop()
        self._subscription.close()

    async def _count(self) -> None:
        count = 0
        async for item in self._subscription:
            if isinstance(item, Live):
                count += sum(_counts(message) for message in item.messages)
                self._seen = SeenEvents(item.epoch, count)
            elif isinstance(item, Snapshot) and not item.gap:
                self._seen = SeenEvents(item.epoch, count)
            else:
                # The link is down, or events were dropped on the way: the count says nothing any more.
                self._seen = None


def _counts(message: AmiEvent) -> bool:
    """Whether the importer counts the event's line: the same rule decides."""
    row = replace(
        _NO_ROW,
        event=message.get("UserDefType") or message.get("EventName"),
        channel=message.get("Channel"),
        uniqueid=message.get("UniqueID"),
        linkedid=message.get("LinkedID"),
        extra=message.get("Extra"),
    )
    return not row.about().is_tap


async def earlier_calls(ledger: LedgerService, number: str, *, confidential: bool) -> CallerContext:
    """The ledger's share of what is known of a caller."""
    found = await ledger.earlier_calls(number)
    return CallerContext(
        earlier_calls=[
            EarlierCallView(
                call_id=one.call_id, at=one.at, disposition=", ".join(one.dispositions) or one.outcome
            )
            for one in found
            if confidential or not one.confidential
        ]
    )


class CaseFilings:
    """Hands what happens to cases and dispatches to the ledger. Durable events: each may come twice."""

    def __init__(self, ledger: LedgerService) -> None:
        self._ledger = ledger

    def subscribe(self, bus: LocalBus) -> None:
        bus.subscribe(CaseFiled, self.on_filed, name="ledger.case-filed")
        bus.subscribe(CaseChanged, self.on_changed, name="ledger.case-changed")
        bus.subscribe(OperatingModeChanged, self.on_mode, name="ledger.operating-mode")
        bus.subscribe(ArticleUsed, self.on_article, name="ledger.article-used")
        bus.subscribe(PatchTalked, self.on_talk, name="ledger.patch-talked")
        bus.subscribe(TransmissionEnded, self.on_talkgroup, name="ledger.talkgroup-talked")
        bus.subscribe(DispatchQueued, self.on_queued, name="ledger.dispatch-queued")
        bus.subscribe(DispatchChanged, self.on_dispatch, name="ledger.dispatch-changed")

    async def on_filed(self, event: CaseFiled) -> None:
        await self._ledger.record(
            "case",
            event.case.case_id,
            event.model_dump(mode="json", exclude={"drafted": True, "case": WHO_CALLED}),
            call_ids=event.case.call_ids,
            event_id=event.id,
            at=event.at,
            label=event.case.number,
        )
        if event.draft_id is not None:
            # The draft's own entry: its id differs from the case's, and the event has only one.
            await self._ledger.record(
                "draft",
                event.draft_id,
                {"drafted": event.drafted, "final": event.final, "case_id": str(event.case.case_id)},
                call_ids=event.case.call_ids,
                event_id=event.draft_id,
                at=event.at,
            )

    async def on_changed(self, event: CaseChanged) -> None:
        """File the case as it is now, without who reported it."""
        await self._ledger.record(
            "case",
            event.case.case_id,
            event.model_dump(mode="json", exclude={"case": WHO_CALLED}),
            call_ids=event.case.call_ids,
            event_id=event.id,
            at=event.at,
            label=event.case.number,
        )

    async def on_mode(self, event: OperatingModeChanged) -> None:
        """A version of the operating mode, and again with its second person."""
        await self._ledger.record(
            "operating-mode",
            event.id,
            event.model_dump(mode="json"),
            call_ids=[],
            event_id=event.id,
            at=event.at,
            label=f"{event.mode.mode.value}-{event.mode.version}",
        )

    async def on_article(self, event: ArticleUsed) -> None:
        """Which version was told, by its hash; nothing of it names a person but the colleague who told it."""
        await self._ledger.record(
            "article-use",
            event.use.use_id,
            {},
            call_ids=[] if event.call_id is None else [event.call_id],
            parent=None if event.case_id is None else ("case", event.case_id),
            event_id=event.id,
            at=event.at,
            facts=event.use.model_dump(mode="json"),
            label=event.use.name,
        )

    async def on_talk(self, event: PatchTalked) -> None:
        """Who talked when, while the call was put through to a talkgroup; no number and no words."""
        await self._ledger.record(
            "talk",
            event.id,
            {},
            call_ids=[event.call_id],
            event_id=event.id,
            at=event.began_at,
            facts=event.model_dump(mode="json", exclude={"call_id", "id", "at", "type", "version"}),
            label=event.talkgroup,
        )

    async def on_talkgroup(self, event: TransmissionEnded) -> None:
        """Who talked when in a talkgroup, patched or not."""
        told = event.model_dump(exclude={"id", "at", "type", "version"})
        await self._ledger.keep_talk(RecordedTransmission(talk_id=event.id, **told))

    async def on_queued(self, event: DispatchQueued) -> None:
        """File a new dispatch under its case."""
        await self._ledger.record(
            "dispatch",
            event.dispatch_id,
            event.model_dump(mode="json"),
            parent=("case", event.case_id),
            event_id=event.id,
            at=event.at,
        )

    async def on_dispatch(self, event: DispatchChanged) -> None:
        """File a step of a dispatch under its case."""
        await self._ledger.record(
            "dispatch",
            event.dispatch.dispatch_id,
            event.model_dump(mode="json"),
            parent=("case", event.dispatch.case_id),
            event_id=event.id,
            at=event.at,
        )


class HotlineErasure:
    """When the ledger erases a person, the hotline's own copies go too: notes, and closed callbacks."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def subscribe(self, bus: Bus) -> None:
        """The hotline forgets the caller when the ledger has erased a call."""
        bus.subscribe(CallErased, self.on_erased, name="hotline.forget")

    async def on_erased(self, event: CallErased) -> None:
        if "personal" not in event.kinds:
            return
        await forget_calls(self._storage, [event.call_id, *event.known_as])
