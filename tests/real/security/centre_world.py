"""The role `centre` in this process, with every part of it started, behind its real routes; no switch and no
broker answer, so that what is allowed may end in 503. Two agents have calls, drafts and cases of their own.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx2 as httpx
from sqlalchemy import insert, make_url, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import CaseState
from cases.life import store as case_store
from cases.life.model import Case
from cdr.calls import store as ledger
from cdr.chain.keys import init_key
from cdr.recordings import store as recordings
from core.actor import Actor, Role, system
from core.ids import call_id, uuid7
from core.storage.schema import metadata
from gateway.app import Process
from gateway.settings import Settings
from gateway.wiring.centre import Centre
from gateway.wiring.rights import TABLE, operations_of_tokens
from identity.cookies import SESSION
from identity.model import User
from identity.origin import NOWHERE
from identity.tokens.model import WantedToken
from tests.hotline.stream import Snapshot
from tests.hotline.world import CallScript
from tests.peers.asterisk import AsteriskPeer, agent, private_settings
from tests.peers.prepared import with_people
from tests.peers.program import PeerFailed
from tests.peers.songhua import _settings

PASSWORD = "songhua-river-2026"
NUMBERS = {"mine": "13912340001", "theirs": "13912340002"}
WORDS = {"mine": "井盖响在我家门口", "theirs": "邻居家的烟味"}
"""What is personal of each agent's things; it must not reach who may see them masked alone."""
OUT_OF_STATE = (
    "identity_", "cdr_chain", "cdr_heads", "outbox", "inbox", "hotline_agent", "case_evaluation_",
    "sensing_feed_refusals",
)  # fmt: skip
"""Tables that change by a refusal that is audited or counted, by sign-in, or by time, as figures do."""
SETTLED_S, SETTLED_LOOKS = 0.5, 30


DISPATCHER: Final = Actor("one.dispatcher", "one.dispatcher", frozenset({Role.DISPATCHER}))
NO_ASSIGNMENT: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Things:
    """What belongs to one agent."""

    call: UUID
    ended_call: UUID
    recording: UUID
    draft: UUID
    case: UUID
    endpoint: str
    assignment: UUID

    def by_parameter(self) -> dict[str, Any]:
        return {
            "call_id": str(self.call), "draft_id": str(self.draft), "case_id": str(self.case),
            "assignment_id": str(self.assignment), "department_id": "drainage",
            "recording_id": str(self.recording), "agent_id": "li.na", "user_id": "wang.fang",
            "number": "13936001234", "target": {"endpoint": "agent-2"}, "queue": "hotline",
        }  # fmt: skip


class CentreWorld:
    def __init__(self, centre: Centre, client: httpx.AsyncClient) -> None:
        self.centre = centre
        self.client = client
        self.mine: Things
        self.theirs: Things
        self._tokens: dict[str, str] = {}
        self._programs: dict[str, str] = {}

    async def ask(
        self,
        who: str | None,
        method: str,
        path: str,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """As a person, as a program by its API token, or as nobody."""
        headers = {"X-Songhua": "1"}
        if who in self._programs:
            headers = {"Authorization": f"Bearer {self._programs[who]}"}
        elif who is not None:
            headers["Cookie"] = f"{SESSION}={self._tokens[who]}"
        return await self.client.request(method, path, json=json, params=query, headers=headers)

    async def send(self, who: str | None, request: Mapping[str, Any]) -> httpx.Response:
        """As httpx names its parts; `type` is the content's."""
        headers = {"X-Songhua": "1", **(dict(request.get("headers") or {}))}
        if "type" in request:
            headers["Content-Type"] = request["type"]
        if who is not None:
            headers["Cookie"] = f"{SESSION}={self._tokens[who]}"
        parts = {
            name: value for name, value in request.items() if name not in {"headers", "type", "method", "url"}
        }
        return await self.client.request(request["method"], request["url"], headers=headers, **parts)

    async def sign_in(self, user_id: str) -> str:
        people = self.centre.people.service
        token, _ = await people.open_session(await people.user(user_id), NOWHERE, {})
        self._tokens[user_id] = token
        return token

    async def program(self, name: str, wanted: WantedToken) -> None:
        """Who asks as `name` does so by this token."""
        people = self.centre.people.service
        known = operations_of_tokens(TABLE)
        self._programs[name], _ = await people.tokens.make(system("test"), wanted, known)

    async def state(self) -> dict[str, str]:
        """A digest of each table, and of the live calls and agents."""
        found: dict[str, str] = {}
        async with self.centre.storage.read() as connection:
            for name, table in sorted(metadata.tables.items()):
                if not name.startswith(OUT_OF_STATE):
                    rows = sorted(repr(tuple(row)) for row in (await connection.execute(select(table))).all())
                    found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        board = self.centre.hotline.service.board
        found["calls"] = repr([one.model_dump(exclude={"legs"}) for one in board.calls()])
        found["agents"] = repr([(one.agent_id, one.state, one.endpoint) for one in board.agents()])
        return found

    async def settled(self) -> dict[str, str]:
        """The state once what follows from earlier requests is done: two looks at it are alike."""
        last = await self.state()
        for _ in range(SETTLED_LOOKS):
            await asyncio.sleep(SETTLED_S)
            before, last = last, await self.state()
            if before == last:
                return last
        raise PeerFailed("the state of the centre goes on changing")

    async def populate(self) -> None:
        """Two agents are signed in and talk; each has drafted, filed and recorded something."""
        hotline = self.centre.hotline.service
        await hotline.switch.on_snapshot(Snapshot(1, (), ()))
        made = []
        for number, (whose, user, endpoint) in enumerate(
            (("mine", "li.na", "agent-1"), ("theirs", "wang.fang", "agent-2")), 1
        ):
            actor = (await self.centre.people.service.user(user)).actor()
            hotline.registry.sign_in(actor, endpoint)
            script = CallScript(number, caller=NUMBERS[whose])
            leg, rings = script.rings(endpoint)
            steps = [*script.arrives(), *script.queues(), *rings, *script.answers(leg, endpoint)]
            for one in steps:
                hotline.switch.on_message(one, 1)
            made.append((whose, actor, endpoint, call_id(self.centre.settings.system_name, script.linkedid)))
        await asyncio.sleep(0.2)
        for whose, actor, endpoint, live in made:
            draft = await self.centre.cases.drafts.create(live, op_id=uuid7(), actor=actor)
            async with self.centre.storage.write() as transaction:
                things = await _kept(transaction.connection, whose, actor, endpoint, live, draft.draft_id)
                # Written past the room, so it is put into the index by hand.
                case = await case_store.get(transaction.connection, things.case)
                await self.centre.cases.search.put(transaction.connection, case)
            given = await self.centre.cases.assignments.give(
                case.case_id, "sanitation", op_id=uuid7(), actor=DISPATCHER, text="", must_answer=True
            )
            things = replace(things, assignment=given.assignment.assignment_id)
            if whose == "mine":
                self.mine = things
            else:
                self.theirs = things


async def _kept(
    connection: AsyncConnection, whose: str, actor: Actor, endpoint: str, live: UUID, draft: UUID
) -> Things:
    now = datetime.now(UTC)
    ended, recording, case_id = uuid7(), uuid7(), uuid7()
    await connection.execute(
        insert(ledger.calls).values(
            call_id=ended, system_name="songhua", linkedids=[f"songhua-{ended}"], direction="inbound",
            number=NUMBERS[whose], name="", dialled="12345", queue="hotline",
            started_at=now - timedelta(hours=1), ended_at=now - timedelta(minutes=50), wait_s=1, talk_s=60,
            outcome="answered", agents=[actor.id], rings=[], transfers=[], revision=1,
        )
    )  # fmt: skip
    await connection.execute(
        insert(ledger.aliases).values(
            alias=ended, call_id=ended, system_name="songhua", linkedid=f"songhua-{ended}"
        )
    )
    await connection.execute(
        insert(recordings.recordings).values(
            recording_id=recording, call_id=ended, track="mix", system_name="songhua",
            path=f"{recording}.wav", state="lost", expected_at=now,
        )
    )  # fmt: skip
    case = Case(
        case_id, f"2026-{whose}", "101" if whose == "mine" else "202", CaseState.FILED, "cjj-t-1@2026/010203",
        "230102", WORDS[whose], None, WORDS[whose], "normal", None, confidential=True, filed_at=now,
        filed_by=actor.id, updated_at=now,
    )  # fmt: skip
    await case_store.add(connection, case, drafted={}, final={})
    return Things(live, ended, recording, draft, case_id, endpoint, NO_ASSIGNMENT)


@asynccontextmanager
async def centre_world(folder: Path, people: Mapping[str, frozenset[Role]]) -> AsyncIterator[CentreWorld]:
    """`people` are the roles by name; `li.na` and `wang.fang` have telephones of their own."""
    phones = {"li.na": "agent-1", "wang.fang": "agent-2"}
    switch = AsteriskPeer(
        private_settings(folder / "asterisk", agents=tuple(agent(name) for name in phones.values()))
    )
    told = _settings(folder, switch, None, None, folder / "web.port")
    told["identity"] = {"second_factor_roles": [], "tokens": {"own": True}}
    settings = Settings.model_validate(told)
    init_key(Path(told["cdr"]["key_file"]))
    users = [User(name, name, roles, endpoint=phones.get(name)) for name, roles in people.items()]
    shutil.copyfile(
        with_people([(one, PASSWORD) for one in users]), str(make_url(told["storage"]["url"]).database)
    )
    centre = Centre(settings)
    process = Process("centre", centre.parts)
    app = centre.application(process.health)
    started = []
    try:
        for part in centre.parts:
            started.append(part)
            await part.start()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
            world = CentreWorld(centre, client)
            for user in users:
                await world.sign_in(user.id)
            await world.populate()
            yield world
    finally:
        for part in reversed(started):
            await part.stop()
