"""How the networks of units are: told by the role `radio` at each change and now and then, shown to those
who command.
"""

from __future__ import annotations

import pytest

from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Forbidden
from core.room import Health
from core.storage import Storage
from field.contract.capabilities import Can, Caps
from radio_bridge.centre.networks.board import SILENT_S, NetworkBoard
from radio_bridge.centre.networks.http import router, view
from radio_bridge.events import LinkView, NetworkChanged
from radio_bridge.networks.service import TOLD_AGAIN_S, NetworkService
from radio_bridge.ports import NetworkPorts
from radio_bridge.settings import RadioSettings
from tests.field.conftest import DISPATCHER, RecordingBus
from tests.field.test_http import Desk

REFLECTOR = {"port": 1, "talkgroups": [{"tg": 4011, "callsign": "SONGHUA-1", "password": "secret"}]}


class Terminals:
    """Stands for the driver of mobile terminals."""

    network = "app"
    kind = "mobile"
    caps = Caps(frozenset({Can.TEXT}))

    def __init__(self) -> None:
        self.state = "up"

    def health(self) -> Health:
        return Health("mqtt", self.state, "" if self.state == "up" else "the broker is away")


REPEATERS = {
    "port": 1,
    "talkgroups": [{"tg": 9}],
    "repeaters": [{"id": 460451, "password": "secret"}],
}


APPS = {"port": 1, "talkgroups": [{"tg": 1, "channel": "Daoli", "name": "SONGHUA-1"}]}
GATEWAYS = {"talkgroups": [{"tg": 1, "port": 1, "listen_port": 2}]}
TETRA = {"device": "/nowhere/radio", "talkgroups": [{"tg": 9001}]}


RECORDER = {"system": "harbin", "talkgroups": [{"tg": 4011}]}


class Deaf:
    """A link to a broker that is away."""

    connected = False

    def __init__(self) -> None:
        self.filters: list[str] = []

    def subscribe(self, topic_filter: str, *_: object, **__: object) -> None:
        self.filters.append(topic_filter)


class Nobody:
    """Implements `Arrivals`."""

    def there(self, _addresses: frozenset[str], *, network: str) -> None:
        raise AssertionError(network)


class Told:
    """The networks of some settings, and what they have published."""

    def __init__(self, storage: Storage, **settings: object) -> None:
        self.clock = ManualClock()
        storage.clock = self.clock
        self.bus = RecordingBus()
        self.terminals = Terminals()
        self.recorder = Deaf()
        self.networks = NetworkService(
            RadioSettings.model_validate(settings),
            NetworkPorts(
                self.bus,
                self.clock,
                Nobody(),
                self.terminals,
                lambda: self.recorder,  # type: ignore[arg-type,return-value]  # all that a driver asks before it is up
            ),
        )

    def tell(self) -> list[NetworkChanged]:
        self.bus.published.clear()
        self.networks.tell()
        return [event for event in self.bus.published if isinstance(event, NetworkChanged)]


def test_without_a_radio_network_there_are_the_terminals(storage: Storage) -> None:
    told = Told(storage)
    (event,) = told.tell()
    assert (event.network, event.driver, event.state, event.links) == ("app", "mobile", "up", [])
    assert event.can == ["text"]
    assert "emergency_call" in event.lacks
    assert told.networks.floors == {}


def test_a_reflector_is_named_with_each_talkgroup_and_what_it_lacks(storage: Storage) -> None:
    told = Told(storage, svxreflector=REFLECTOR)
    app, svx = told.tell()
    assert (app.network, svx.network, svx.driver, svx.state) == ("app", "svx", "svxreflector", "degraded")
    (link,) = svx.links
    assert (link.talkgroup, link.up, link.why) == ("svx:4011", False, "as SONGHUA-1: not connected yet")
    assert link.why_zh == "以 SONGHUA-1 的身份：尚未连接"
    assert svx.why_zh == "1 个通话组中 1 个有问题：svx:4011 以 SONGHUA-1 的身份：尚未连接"
    assert {"pre_empt", "priority", "text"} <= set(svx.lacks)
    assert list(told.networks.floors) == ["svx"]
    assert [health.state for health in told.networks.health()] == ["degraded"]


def test_repeaters_are_named_with_what_they_lack(storage: Storage) -> None:
    told = Told(storage, dmr_homebrew=REPEATERS)
    _, dmr = told.tell()
    assert (dmr.network, dmr.driver, dmr.state) == ("dmr", "dmr_homebrew", "degraded")
    assert [link.talkgroup for link in dmr.links] == ["dmr:9"]
    assert {"speak", "hear", "grant"} <= set(dmr.lacks)
    assert {"talker", "text", "location"} <= set(dmr.can)
    assert list(told.networks.floors) == ["dmr"]
    assert [one.network for one in told.networks.data] == ["dmr"]


def test_a_gateway_is_named_with_each_talkgroup_and_what_it_lacks(storage: Storage) -> None:
    told = Told(storage, usrp=GATEWAYS)
    _, usrp = told.tell()
    assert (usrp.network, usrp.driver, usrp.state) == ("usrp", "usrp", "degraded")
    assert usrp.links == [LinkView(talkgroup="usrp:1", up=False, why="not connected yet", why_zh="尚未连接")]
    assert {"presence", "grant", "text"} <= set(usrp.lacks)
    assert list(told.networks.floors) == ["usrp"]


def test_apps_are_named_with_what_they_can(storage: Storage) -> None:
    told = Told(storage, mumble=APPS)
    _, mumble = told.tell()
    assert (mumble.network, mumble.driver, mumble.state) == ("mumble", "mumble", "degraded")
    assert [link.talkgroup for link in mumble.links] == ["mumble:1"]
    assert {"speak", "hear", "presence", "text"} <= set(mumble.can)
    assert list(told.networks.floors) == ["mumble"]
    assert [one.network for one in told.networks.data] == ["mumble"]


def test_a_tetra_radio_is_named_with_what_it_lacks(storage: Storage) -> None:
    told = Told(storage, tetra_pei=TETRA)
    _, tetra = told.tell()
    assert (tetra.network, tetra.driver, tetra.state) == ("tetra", "tetra_pei", "degraded")
    assert [link.talkgroup for link in tetra.links] == ["tetra:9001"]
    assert {"speak", "hear", "grant"} <= set(tetra.lacks)
    assert {"talker", "text_displayed", "status", "emergency_alarm"} <= set(tetra.can)
    assert [one.network for one in told.networks.data] == ["tetra"]


def test_a_network_that_is_listened_to_takes_nothing(storage: Storage) -> None:
    told = Told(storage, trunk_recorder=RECORDER)
    _, p25 = told.tell()
    assert (p25.network, p25.driver, p25.state) == ("p25", "trunk_recorder", "degraded")
    assert p25.can == ["presence", "talker"]
    assert [one.network for one in told.networks.data] == []
    assert [one.network for one in told.networks.listened] == ["p25"]
    assert "trunk-recorder-units/harbin/+" in told.recorder.filters


def test_it_is_told_when_it_changes_and_every_half_minute(storage: Storage) -> None:
    told = Told(storage)
    assert len(told.tell()) == 1
    assert told.tell() == []
    told.terminals.state = "degraded"
    (event,) = told.tell()
    assert (event.state, event.why) == ("degraded", "the broker is away")
    told.clock.advance(TOLD_AGAIN_S - 1)
    assert told.tell() == []
    told.clock.advance(1)
    assert len(told.tell()) == 1


async def test_the_board_keeps_the_newest_and_says_when_nothing_is_heard_any_more() -> None:
    clock = ManualClock()
    board = NetworkBoard(RecordingBus(), clock)
    for state in ("up", "degraded"):
        told = NetworkChanged(network="svx", driver="svxreflector", state=state, why="why", why_zh="原因")
        await board.on_change(told)
    (known,) = board.networks(DISPATCHER)
    assert (view(known).state, view(known).why, view(known).why_zh) == ("degraded", "why", "原因")
    clock.advance(SILENT_S + 1)
    (known,) = board.networks(DISPATCHER)
    assert (view(known).state, view(known).links) == ("unknown", [])
    assert "90 s" in view(known).why
    assert "90 秒" in view(known).why_zh


async def test_the_board_is_bounded() -> None:
    board = NetworkBoard(RecordingBus(), ManualClock())
    for number in range(200):
        await board.on_change(NetworkChanged(network=f"n{number}", driver="x", state="up"))
    assert len(board.networks(DISPATCHER)) == 50


@pytest.mark.parametrize("role", [Role.AGENT, Role.UNIT, Role.ACCEPTOR])
def test_networks_are_for_who_commands(role: Role) -> None:
    board = NetworkBoard(RecordingBus(), ManualClock())
    with pytest.raises(Forbidden):
        board.networks(Actor("anna", "Anna", frozenset({role})))


async def test_they_are_read_over_http(storage: Storage) -> None:
    desk = Desk(storage)
    desk.serve([router(NetworkBoard(desk.bus, ManualClock()), desk.current_user)])
    assert (await desk.ask(Role.AGENT, "GET", "/networks")).status_code == 403
    seen = await desk.ask(Role.DISPATCHER, "GET", "/networks")
    assert (seen.status_code, seen.json()) == (200, {"networks": []})
