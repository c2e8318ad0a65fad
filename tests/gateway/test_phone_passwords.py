"""A browser's SIP password is its session's: the same while that lasts, void afterwards."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from core.clock import ManualClock
from gateway.asterisk.included import IncludedFile, SwitchNotTold
from gateway.asterisk.settings import AgentPhone
from gateway.phone_passwords.model import HEAD, of_session, read, text_of
from gateway.phone_passwords.service import RELOAD, SessionPasswords
from gateway.settings import SwitchSettings
from gateway.web.turn import TurnSettings, servers
from gateway.wiring.web import PhoneAccounts
from identity.cookies import Cookies
from identity.settings import IdentitySettings

SECRETS = {"agent-1": "secret-of-the-first", "agent-2": "secret-of-the-second"}


class Switch(IncludedFile):
    """Its console answers, or does not."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "phones.conf", folder / "asterisk.ctl", reload=RELOAD, empty=HEAD)
        self.reloads = 0
        self.there = True

    async def _tell(self) -> None:
        if not self.there:
            raise SwitchNotTold
        self.reloads += 1


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.switch = Switch(folder)
        self.live: set[str] = set()
        self.passwords = SessionPasswords(SECRETS, self.switch, self.of_live, self.clock, unclaimed_s=3600)

    async def of_live(self, sessions: Collection[str]) -> Collection[str]:
        return self.live & set(sessions)

    @property
    def known(self) -> dict[str, str]:
        return read(self.switch.text())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_a_password_lasts_as_long_as_its_session(world: World) -> None:
    await world.passwords.start()
    await world.passwords.stop()
    world.live = {"one"}
    first = await world.passwords.of("agent-1", "one")
    assert world.known["agent-1"] == first
    assert SECRETS["agent-1"] not in world.switch.text()
    reloads = world.switch.reloads
    assert await world.passwords.of("agent-1", "one") == first
    await world.passwords.look()
    assert world.switch.reloads == reloads, "the switch reads only what is new"
    other = await world.passwords.of("agent-1", "two")
    assert other != first
    world.live = set()
    await world.passwords.look()
    assert world.known["agent-1"] not in {first, other}


async def test_a_restart_of_the_gateway_disturbs_no_telephone(world: World, tmp_path: Path) -> None:
    await world.passwords.start()
    await world.passwords.stop()
    before = await world.passwords.of("agent-1", "one")
    after = World(tmp_path)
    await after.passwords.start()
    await after.passwords.stop()
    await after.passwords.look()
    assert after.known["agent-1"] == before
    assert await after.passwords.of("agent-1", "one") == before
    assert after.switch.reloads == 0
    after.live = {"one"}
    after.clock.advance(3601)
    unclaimed = after.known["agent-2"]
    await after.passwords.look()
    assert after.known["agent-1"] == before
    assert after.known["agent-2"] != unclaimed


async def test_a_switch_that_is_away_is_told_when_it_is_back(world: World) -> None:
    world.switch.there = False
    await world.passwords.start()
    await world.passwords.stop()
    with pytest.raises(SwitchNotTold):
        await world.passwords.of("agent-1", "one")
    assert world.passwords.health().state == "degraded"
    first = of_session(SECRETS["agent-1"], "agent-1", "one")
    assert world.known["agent-1"] == first, "a switch that starts now takes no password of the settings"
    world.switch.there = True
    world.live = {"one"}
    await world.passwords.look()
    assert world.switch.reloads == 1
    assert world.known["agent-1"] == first
    assert world.passwords.health().state == "up"


def test_the_file_holds_passwords_and_nothing_else() -> None:
    made = {"agent-2": "0" * 32, "agent-1": "f" * 32}
    assert read(text_of(made)) == made
    assert read("[agent-1](+type=auth)\npassword = x\n#exec rm\n") == {}


def test_a_turn_credential_says_until_when_and_for_whom_as_coturn_checks_it() -> None:
    turn = TurnSettings(
        urls=("turns:turn.example.org:5349",), secret=SecretStr("a-shared-secret-of-turn"), lasts_s=3600
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    (one,) = servers(turn, "agent-1", now)
    assert one.username == f"{int(now.timestamp()) + 3600}:agent-1"
    proof = hmac.digest(b"a-shared-secret-of-turn", one.username.encode(), "sha1")
    assert one.credential == base64.b64encode(proof).decode()
    assert servers(None, "agent-1", now) == []


async def test_a_program_without_a_session_gets_no_password(world: World) -> None:
    await world.passwords.start()
    await world.passwords.stop()
    settings = SimpleNamespace(
        asterisk=SimpleNamespace(
            agents=[AgentPhone(name="agent-1", secret=SecretStr(SECRETS["agent-1"]), browser=True)],
            bind="127.0.0.1",
        ),
        switch=SwitchSettings(sip_ws_url="wss://127.0.0.1:8089/ws"),
    )
    identity = SimpleNamespace(user=lambda _: asyncio.sleep(0, SimpleNamespace(endpoint="agent-1")))
    cookies = Cookies(IdentitySettings())
    accounts = PhoneAccounts(
        cast("Any", settings), cast("Any", identity), world.passwords, cookies.session_of
    )

    def request(cookie: str) -> HTTPConnection:
        return HTTPConnection(
            {"type": "http", "scheme": "http", "headers": [(b"cookie", cookie.encode())] if cookie else []}
        )

    told = await accounts.account("li.na", request("songhua_session=one"))
    assert told.password == of_session(SECRETS["agent-1"], "agent-1", "one")
    assert (await accounts.account("li.na", request(""))).password == ""
