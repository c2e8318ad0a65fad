"""Mosquitto, the real roles `radio` and `centre`, and handsets: talkgroups as a city has them.

Without a voice there is no Asterisk: the centre runs without its switch, and floors do not need it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from gateway.asterisk.settings import RadioGateway
from gateway.mqtt import BrokerSettings, MqttLink, Received
from radio_bridge.floor import topics as group_topics
from radio_bridge.floor.model import FloorStage
from tests.mqtt.broker import TENANT, RenderedBroker
from tests.mqtt.handset import Handset
from tests.peers.asterisk import AsteriskPeer, private_settings, short_prompts
from tests.peers.songhua import Broker, Person, SonghuaPeer, Visitor
from tests.real.radio.radio_role import RadioRole
from tests.waiting import until

GROUP, OTHER_GROUP = "app:daoli", "app:nangang"
CREW, OTHER, STRANGER = "app:17", "app:18", "app:99"
WANG = Person("wang.fang", "王芳", ("dispatcher", "admin"))
"""Makes units and groups, and commands."""
ZHAO = Person("zhao.lei", "赵磊", ("dispatcher",))


CITY = {GROUP: (CREW, OTHER), OTHER_GROUP: (STRANGER,)}


class TalkgroupStage:
    """Started once for many tests: `mend` brings back what one of them broke. `rules` are settings of floor
    control, `networks` those of drivers, `radios` the SIP side of radio systems, `more` further people; with
    `voice` there is the switch, by which pages and radios speak and hear.
    """

    more: Sequence[Person] = ()

    def __init__(
        self,
        folder: Path,
        *,
        groups: Mapping[str, Sequence[str]] = CITY,
        networks: Mapping[str, Any] | None = None,
        radios: Sequence[RadioGateway] = (),
        voice: bool = False,
        rules: Mapping[str, float] | None = None,
    ) -> None:
        self.folder = folder
        self.broker = RenderedBroker(folder / "broker")
        prompts = short_prompts(folder / "prompts")
        settings = private_settings(folder / "asterisk", prompts=prompts)
        self.switch = AsteriskPeer(settings.model_copy(update={"radios": tuple(radios)}))
        self.service = SonghuaPeer(
            folder / "service",
            asterisk=self.switch,
            broker=Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords),
            # Recorders stay in conferences: elsewhere a channel that stays is a leak.
            overrides={"radio": {"floor": rules or {}, "recording": {"enabled": False}, **(networks or {})}},
        )
        self.radio = RadioRole(self.service, folder)
        self._groups = groups
        self._handsets: list[Handset] = []
        self._voice = voice
        self._passwords: dict[str, str] = {}
        self._visitors: dict[tuple[str, str], Visitor] = {}

    def start(self, *, radio: bool = True) -> None:
        if self._voice:
            self.switch.start()
        self.broker.start()
        self.service.prepare([WANG, ZHAO, *self.more])
        self.service.start(role="centre")
        self.service.wait_healthy("mqtt")
        self._people_the_city()
        if radio:
            self.radio.start()

    def _people_the_city(self) -> None:
        """Units and groups as people make them; each group is for those alone that were put on it."""
        wang = self.visitor(WANG)
        for uid in dict.fromkeys(uid for members in self._groups.values() for uid in members):
            issued = wang.post("/api/units", {"unit_id": uid, "name": f"组 {uid}"})
            self._passwords[uid] = issued["password"]
        for group, members in self._groups.items():
            self.make_group(wang, group, members)

    def make_group(
        self, wang: Visitor, group: str, members: Sequence[str], *, name: tuple[str, str] = ("道里", "Daoli")
    ) -> None:
        rights = {
            "monitor": ["members", "role:dispatcher"],
            "talk": ["members", "role:dispatcher"],
            "patch": ["role:dispatcher"],
        }
        names = {"tg_id": group, "name_zh": name[0], "name_en": name[1]}
        wang.post("/api/talkgroups", {"op_id": str(uuid4()), **names, "rights": rights})
        body = {"op_id": str(uuid4()), "add": list(members)}
        wang.post(f"/api/talkgroups/{group}/members", body)

    def close(self) -> None:
        self.radio.stop()
        self.service.close()
        self.broker.close()
        self.switch.close()

    def password(self, uid: str) -> str:
        return self._passwords[uid]

    def account(self, uid: str) -> BrokerSettings:
        return self.broker.settings(uid, self._passwords[uid])

    async def handset(self, uid: str, group: str = GROUP) -> Handset:
        """Switched on, and it has seen that the floor of its group is free."""
        await self.may_hear(uid, group)
        made = Handset(uid, self.account(uid), group)
        self._handsets.append(made)
        await made.start()
        await until(
            lambda: bool(made.states) and made.state.stage is FloorStage.IDLE, f"a free floor of {group}", 20
        )
        return made

    async def may_hear(self, uid: str, group: str) -> None:
        """Wait until the broker knows that the unit is on the group."""
        await until(lambda: self._hears(uid, group), f"the right of {uid}", 20)

    async def may_not_hear(self, uid: str, group: str) -> None:
        """Wait until the broker knows that it is not."""
        await until(lambda: not self._hears(uid, group), f"the end of the right of {uid}", 20)

    def _hears(self, uid: str, group: str) -> bool:
        accounts = json.loads((self.broker.folder / "accounts.json").read_text())
        return group_topics.state(TENANT, group) in str(_rights(accounts, uid))

    async def enrol_again(self, uid: str, group: str) -> None:
        """A unit that was revoked is as it was before, on this group alone."""
        wang = await self.sign_in(WANG)
        issued = await post(wang, f"/api/units/{uid}/enrol", {"op_id": str(uuid4())})
        self._passwords[uid] = issued["password"]
        await post(wang, f"/api/talkgroups/{group}/members", {"op_id": str(uuid4()), "add": [uid]})

    async def retained(self) -> dict[str, bytes]:
        """The states of talkgroups that the broker keeps."""
        kept: dict[str, bytes] = {}

        async def take(message: Received) -> None:
            kept[message.topic] = message.payload

        account = self.broker.settings("centre").model_copy(update={"session_expiry_s": 0})
        link = MqttLink(account, client_id=f"look-{uuid4()}")
        link.subscribe(f"v1/{TENANT}/{group_topics.EVERY_STATE}", take, name="look")
        await link.start()
        try:
            await link.wait_connected(10)
            await asyncio.sleep(0.5)
        finally:
            await link.stop()
        return kept

    async def songhua(self, *words: str) -> str:
        """What a command of the operator says."""
        return await asyncio.to_thread(self.service.run, *words, env={"COLUMNS": "160"})

    async def sign_in(self, person: Person) -> Visitor:
        return await asyncio.to_thread(self.visitor, person)

    def visitor(self, person: Person) -> Visitor:
        """Signed in once for each run of the centre: it costs the centre's time."""
        key = (self.service.address, person.id)
        if key not in self._visitors:
            self._visitors[key] = self.service.sign_in(person)
        return self._visitors[key]

    async def network(self, name: str) -> dict[str, Any]:
        """What a dispatcher is told of this network."""
        known: list[dict[str, Any]] = (await get(await self.sign_in(WANG), "/api/networks"))["networks"]
        missing: dict[str, Any] = {"state": "missing"}
        return next((one for one in known if one["network"] == name), missing)

    async def network_is(self, name: str, state: str, within: float = 60.0) -> dict[str, Any]:
        """Wait until a dispatcher is told that the network is in this state."""

        async def so() -> dict[str, Any] | None:
            found = await self.network(name)
            return found if found["state"] == state else None

        found: dict[str, Any] | None = await until(so, f"network {name} that is {state}", within)
        assert found is not None
        return found

    async def mend(self) -> None:
        """As it was before the test."""
        for handset in self._handsets:
            await handset.stop()
        self._handsets.clear()
        if not self.broker.program.running:
            await asyncio.to_thread(self.broker.start)
        if not self.radio.running:
            await asyncio.to_thread(self.radio.start)


def _rights(accounts: dict[str, Any], uid: str) -> list[Any]:
    return [role["acls"] for role in accounts["roles"] if role["rolename"] == f"unit:{uid}"]


async def post(visitor: Visitor, path: str, body: dict[str, Any]) -> Any:
    return await asyncio.to_thread(visitor.post, path, body)


async def get(visitor: Visitor, path: str) -> Any:
    return await asyncio.to_thread(visitor.get, path)
