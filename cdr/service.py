"""The ledger's use cases: filings of other rooms, and queries. The ledger records and never acts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr import record, rights
from cdr.backfill import store as late
from cdr.calls import store as calls
from cdr.chain import store as chain
from cdr.entries import Entries
from cdr.erasing import check_erasable, erase_call
from cdr.errors import RecordingNotReady, TooManyNumberSearches, UnknownRecording
from cdr.filings import secrecy
from cdr.filings import store as filings
from cdr.filings.store import FilingRecord
from cdr.model import HIDDEN, CallerHistoryEntry, is_close, mask_number, require_queue
from cdr.number_searches import NumberSearchLimit
from cdr.playback.access import may_hear
from cdr.ports import CdrPorts
from cdr.recordings import sound
from cdr.recordings import store as recordings
from cdr.recordings.control.paused_times import span
from cdr.recordings.sound import RecordedSound
from cdr.recordings.store import RecordingState
from cdr.search import Search, find
from cdr.settings import CdrSettings
from cdr.timeline import timeline
from cdr.transcripts import store as transcripts
from cdr.transcripts.store import StoredGap, unheard
from cdr.transcripts.store import untapped as unheard_time
from cdr.transmissions import store as talks
from cdr.transmissions.store import RecordedTransmission
from core.actor import Actor, Role
from core.errors import Forbidden, NotFound
from core.ids import uuid7
from core.numbers import written
from core.second_person import ApprovalStatus, ApprovalWish
from core.storage import Storage
from hotline.events import LegUnheard
from speech.events import TranscriptGap, TranscriptSegment

ERASE_CALL: Final = "erase-call"
NUMBER_SEARCH: Final = "number-search"

PausedThen = Callable[[UUID, datetime, datetime], Awaitable[bool]]
"""Whether the recording of a call was paused in any of the time between."""


async def never_paused(_call_id: UUID, _since: datetime, _until: datetime) -> bool:
    """Where no recording can be paused."""
    return False


class LedgerService:
    """Every method may raise `StorageAway`; nothing of it is then kept, and the caller tries again."""

    def __init__(self, settings: CdrSettings, ports: CdrPorts) -> None:
        self._settings = settings
        self._ports = ports
        self._storage: Storage = ports.storage
        self._number_searches = NumberSearchLimit(settings.number_searches, ports.storage.clock.monotonic)
        self.paused: PausedThen = never_paused

    # ---- what other rooms hand in

    @asynccontextmanager
    async def entries(self) -> AsyncIterator[Entries]:
        """Write several things at once: all of them are kept, or none."""
        async with self._storage.write() as transaction:
            entries = Entries(transaction, self._settings.system_name, self._storage.clock.now())
            yield entries
            await entries.finish()

    async def record(
        self,
        kind: str,
        record_id: UUID | str,
        payload: Mapping[str, Any],
        *,
        call_ids: Sequence[UUID] = (),
        parent: tuple[str, UUID | str] | None = None,
        event_id: UUID | None = None,
        at: datetime | None = None,
        facts: Mapping[str, Any] | None = None,
        label: str = "",
    ) -> bool:
        """Keep what is true now of a draft, case, dispatch or other thing, under the chain, for ever.

        `kind` is `draft`, `case`, `dispatch`, `disposition` or a word of the room's own. `payload` is
        JSON-ready. `parent` says what it hangs below: a dispatch below `("case", case_id)`, and is then found
        with that case's calls. The same `event_id` again does nothing and answers False. `facts` name nobody
        and stay when the persons of the call are erased; `label` is what a search asks for.
        """
        filing = FilingRecord(
            filing_id=event_id or uuid7(),
            kind=kind,
            subject=f"{kind}:{record_id}",
            parent=f"{parent[0]}:{parent[1]}" if parent else "",
            call_ids=tuple(call_ids),
            at=at or self._storage.clock.now(),
            payload=dict(payload),
            facts=dict(facts or {}),
            label=label,
        )
        async with self.entries() as entries:
            return await entries.file([filing]) > 0

    async def keep_segment(self, event: TranscriptSegment) -> bool:
        """Keep a final segment, once for each `segment_id`; partials are none of the ledger's business.

        What was said while the recording was paused is kept as a gap, without its words.
        """
        if not event.final:
            return False
        if await self.paused(event.call_id, *span(event)):
            return await self._keep_speech(unheard(event))
        return await self._keep_speech(event)

    async def keep_unheard(self, event: LegUnheard) -> bool:
        """Keep a time in which nobody wrote down what a leg said, once."""
        return await self._keep_speech(unheard_time(event))

    async def gap_filled(self, gap_id: UUID, *, wholly: bool) -> None:
        """All of a gap's recording was worked on; its words, if there were any, are kept already."""
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            state = late.FILLED_UP if wholly else late.PARTLY
            await late.put(transaction.connection, gap_id, state, tries=0, next_at=now, now=now)

    async def keep_gap(self, event: TranscriptGap) -> bool:
        """Store a gap once; whether it was new."""
        return await self._keep_speech(event)

    async def keep_talk(self, talk: RecordedTransmission) -> bool:
        """Keep a talk in a talkgroup that is over, once."""
        async with self._storage.write() as transaction:
            return await talks.add(transaction, talk, self._storage.clock.now())

    async def mark_confidential(self, call_id: UUID, confidential: bool, by: str) -> None:
        """Set or lift the mark; the ledger honours it at every route. No change is no entry."""
        async with self.entries() as entries:
            await entries.confidential({call_id: confidential}, by)

    # ---- what is asked

    async def earlier_calls(self, number: str, limit: int | None = None) -> list[CallerHistoryEntry]:
        """The number's earlier calls for the pop, newest first. Nothing personal is in them."""
        number = written(number, area_code=self._settings.area_code)
        if not number:
            return []
        async with self._storage.read() as connection:
            rows = (
                await connection.execute(
                    select(calls.calls)
                    .where(
                        calls.calls.c.number == number,
                        calls.calls.c.ended_at.is_not(None),
                        calls.calls.c.merged_into.is_(None),
                    )
                    .order_by(calls.calls.c.started_at.desc())
                    .limit(self._settings.earlier_calls if limit is None else limit)
                )
            ).all()
            found: list[CallerHistoryEntry] = []
            for row in rows:
                names = await calls.names_of(connection, row.call_id)
                said = [
                    one for one in await filings.filings_of(connection, names) if one.kind == "disposition"
                ]
                found.append(
                    CallerHistoryEntry(
                        row.call_id,
                        row.started_at,
                        row.outcome,
                        row.talk_s,
                        tuple(row.agents),
                        tuple(dict.fromkeys(str(one.told().get("kind", "")) for one in said)),
                        await calls.is_confidential(connection, names)
                        or await secrecy.has_confidential_case(connection, names),
                    )
                )
        return found

    async def search(self, actor: Actor, search: Search) -> dict[str, Any]:
        """`{calls, next}`: calls as lines of a list, numbers masked; `next` is None on the last page.

        Raises `TooManyNumberSearches`, which is audited, and of which a supervisor is told.
        """
        rights.SEE_LEDGER.check(actor)
        number = written(search.number, area_code=self._settings.area_code)
        if number and not actor.has(Role.SUPERVISOR):
            await self._count_search(actor, number)
        async with self._storage.read() as connection:
            page = await find(connection, replace(search, number=number), actor)
        if number:
            # Who looks for a citizen's calls; the number itself is not written down for that.
            # Each search is a row of its own: who tries digits behind a mask is seen.
            await self._ports.audit.record(actor, "search-number", f"number:{mask_number(number)}")
        lines = [
            _masked({**record.summary(row), "confidential": row.call_id in page.confidential})
            for row in page.rows
        ]
        return {"calls": lines, "next": page.cursor or None}

    async def call(self, actor: Actor, wanted: str, *, reveal: bool = False) -> dict[str, Any]:
        """The whole record of a call. Numbers are masked unless `reveal`, which is audited; the transcript
        is there for a supervisor and the agents of the call, and so is a confidential call at all; the calls
        of a confidential case are there for who handles it, too.
        """
        rights.SEE_LEDGER.check(actor)
        async with self._storage.read() as connection:
            found = await record.whole(connection, await record.find(connection, wanted))
            hidden = found["call"]["confidential"] and await _is_hidden(connection, actor, found["call"])
        require_queue(actor, found["call"]["queue"], found["call"]["agents"])
        close = is_close(actor, found["call"]["agents"])
        names = [UUID(found["call"]["call_id"]), *map(UUID, found["call"]["known_as"])]
        hears = close or (not hidden and await self._accepts(actor, names))
        if not close and (hidden or reveal):
            raise Forbidden(
                "this needs a supervisor or an agent of the call", remedy="ask a supervisor to look"
            )
        closed = secrecy.closed_cases(actor, found["cases"])
        for group in record.GROUPS:
            found[group] = secrecy.without_closed(found[group], closed)
        if reveal:
            await self._ports.audit.record(actor, "reveal-call", f"call:{found['call']['call_id']}")
            return {**found, "timeline": timeline(found)}
        if hears:
            await self._ports.audit.viewed(actor, "read-record", f"call:{found['call']['call_id']}")
        found["call"] = _masked(found["call"])
        found["legs"] = [_masked(leg) for leg in found["legs"]]
        if not hears:
            found["transcript"] = None
        if not close:
            for group in record.GROUPS:
                found[group] = [{**one, "payload": None} for one in found[group]]
            found["agent_states"] = []
        found["timeline"] = timeline(found)
        return found

    async def transcript(self, actor: Actor, call_id: UUID) -> dict[str, Any]:
        """`{segments, gaps}` for a supervisor, the agents of the call and the acceptor of its case, after the
        audit trail has taken who reads it.
        """
        rights.READ_TRANSCRIPT.check(actor)
        async with self._storage.read() as connection:
            known = await calls.resolve(connection, call_id)
            row = await calls.call_of(connection, known) if known else None
            names = await calls.names_of(connection, known) if known else [call_id]
            if not await self._hears(connection, actor, row.agents if row else (), names):
                raise Forbidden(
                    "only the call's agents, supervisors and who accepts its case may read its transcript",
                    remedy="ask a supervisor",
                )
            if row is not None:
                require_queue(actor, row.queue, row.agents)
            found = await record.transcript(connection, names)
        await self._ports.audit.viewed(actor, "read-transcript", f"call:{known or call_id}")
        return found

    async def live_segments(self, actor: Actor, call_ids: Iterable[UUID]) -> list[dict[str, Any]]:
        """The segments of these calls, as far as the actor may read them; audited as `transcript`. A call
        that the ledger has not heard of yet has no words there either.
        """
        found: list[dict[str, Any]] = []
        for call_id in call_ids:
            with suppress(Forbidden, NotFound):
                found += (await self.transcript(actor, call_id))["segments"]
        return found

    async def listen(self, actor: Actor, recording_id: UUID) -> RecordedSound:
        """The sound of a recording, after the audit trail has taken who hears it: a supervisor, an agent of
        the call, the acceptor of its case. That of a talkgroup is for who may monitor it.

        Raises `UnknownRecording`, `RecordingNotReady`, `Forbidden`, and `VaultTrouble` without its key.
        """
        rights.LISTEN.check(actor)
        async with self._storage.read() as connection:
            row = await recordings.recording(connection, recording_id)
            if row is None:
                raise UnknownRecording
            known = await calls.resolve(connection, row.call_id) if row.call_id else None
            call = await calls.call_of(connection, known) if known else None
            if row.talkgroup is None:
                names = await calls.names_of(connection, known) if known else ()
                hears = await self._hears(connection, actor, call.agents if call else (), names)
        if row.talkgroup is not None:
            await may_hear(self._ports.talkgroups, actor, row.talkgroup)
        elif not hears:
            raise Forbidden(
                "only the call's agents, supervisors and who accepts its case may hear its recordings",
                remedy="ask a supervisor",
            )
        if call is not None:
            require_queue(actor, call.queue, call.agents)
        root = self._settings.recordings
        if row.state not in {RecordingState.COMPLETE, RecordingState.ORPHAN} or root is None:
            raise RecordingNotReady(remedy="try again after the call", state=row.state)
        try:
            found = await asyncio.to_thread(sound.find, root, row, self._settings.recordings_key_file)
        except OSError as error:
            raise RecordingNotReady(
                remedy="ask an admin to restore the file", state=RecordingState.LOST.value
            ) from error
        await self._ports.audit.record(actor, "listen", f"recording:{recording_id}")
        return found

    async def order_erasure(
        self, actor: Actor, call_id: UUID, reason: str, op_id: UUID, *, alone: bool = False
    ) -> ApprovalStatus:
        """An admin asks for the erasure of a call's persons: it is done once a second person has approved it,
        or at once for who is alone. Raises as `erase`, `Forbidden`.
        """
        rights.ERASE.check(actor)
        await check_erasable(self._storage, call_id)
        wish = ApprovalWish(ERASE_CALL, {"call": str(call_id)}, reason, alone)
        return await self._ports.second_person.order(actor, wish, op_id)

    async def erase_ordered(self, actor: Actor, parameters: Mapping[str, str], why: str) -> str:
        """Fills `core.second_person.Perform`; audited first. Erased twice is erased once."""
        call_id = UUID(parameters["call"])
        await self._ports.audit.record(actor, ERASE_CALL, f"call:{call_id}")
        return str(await self.erase(call_id, by=actor.id, reason=why))

    async def erase(self, call_id: UUID, *, by: str, reason: str) -> int:
        """Erase the persons from an ended call; see `cdr.erasing`. Raises `UnknownCall`."""
        return await erase_call(self._storage, self._settings.recordings, call_id, by=by, reason=reason)

    async def _hears(
        self, connection: AsyncConnection, actor: Actor, agents: Iterable[str], names: Sequence[UUID]
    ) -> bool:
        """Whether he hears what was said. A confidential call is for its agents and supervisors alone."""
        if is_close(actor, agents):
            return True
        return not await calls.is_confidential(connection, names) and await self._accepts(actor, names)

    async def _accepts(self, actor: Actor, names: Sequence[UUID]) -> bool:
        return actor.has(Role.ACCEPTOR) and await self._ports.cases_to_accept.hears(actor, names)

    async def _count_search(self, actor: Actor, number: str) -> None:
        try:
            self._number_searches.take(actor.id, number)
        except TooManyNumberSearches:
            self._ports.suspect(actor, NUMBER_SEARCH)
            await self._ports.audit.viewed(actor, "search-number-refused", f"number:{mask_number(number)}")
            raise

    async def _keep_speech(self, event: TranscriptSegment | TranscriptGap | StoredGap) -> bool:
        async with self._storage.write() as transaction:
            if isinstance(event, TranscriptSegment) and event.gap_id is not None:
                # Words out of a recording must not come back to a call that was erased meanwhile.
                known = await calls.resolve(transaction.connection, event.call_id) or event.call_id
                if await chain.known_records(transaction.connection, "erasure", [f"call:{known}"]):
                    return False
            return await transcripts.add(transaction, event, self._storage.clock.now())


async def _is_hidden(connection: AsyncConnection, viewer: Actor, call: Mapping[str, Any]) -> bool:
    """Whether a confidential call is hidden from who is not on it: one with a mark from everybody, one of a
    confidential case from who does not handle it.
    """
    names = [UUID(call["call_id"]), *map(UUID, call["known_as"])]
    return not secrecy.handles_confidential_cases(viewer) or await calls.is_confidential(connection, names)


def _masked(shown: dict[str, Any]) -> dict[str, Any]:
    """Numbers shortened and names hidden; everything hidden when the call is confidential."""
    confidential = shown.get("confidential", False)
    masked = dict(shown)
    for name in ("number", "dialled"):
        if name in masked:
            masked[name] = HIDDEN if confidential else mask_number(masked[name])
    if masked.get("name"):
        masked["name"] = HIDDEN
    return masked
