"""coturn as we ship it: our credentials open it until they end, and it relays to the switch alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from gateway.web.turn import TurnSettings, servers
from tests.peers.coturn import SECRET, SWITCH, CoturnPeer

pytestmark = pytest.mark.real
TURN = TurnSettings(urls=("turn:localhost",), secret=SecretStr(SECRET), lasts_s=600)


class _Echo(asyncio.DatagramProtocol):
    """Sends back what comes."""

    transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoturnPeer]:
    peer = CoturnPeer(tmp_path_factory.mktemp("coturn"))
    yield peer
    peer.close()


@pytest.fixture
async def echo(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, int]]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        _Echo, local_addr=(request.param, 0)
    )
    yield transport.get_extra_info("sockname")
    transport.close()


def credentials(now: datetime, turn: TurnSettings = TURN) -> tuple[str, str]:
    (one,) = servers(turn, "agent-1", now)
    return one.username, one.credential


@pytest.mark.parametrize("echo", [SWITCH], indirect=True)
async def test_a_desk_reaches_the_switch_by_the_credentials_that_it_is_given(
    coturn: CoturnPeer, echo: tuple[str, int]
) -> None:
    for tls in (False, True):
        relayed = await asyncio.to_thread(coturn.relay, *credentials(datetime.now(UTC)), echo, tls=tls)
        assert relayed.sent == relayed.received == 4, relayed.said


@pytest.mark.parametrize("echo", ["127.0.0.6"], indirect=True)
async def test_it_relays_to_nobody_but_the_switch(coturn: CoturnPeer, echo: tuple[str, int]) -> None:
    relayed = await asyncio.to_thread(coturn.relay, *credentials(datetime.now(UTC)), echo)
    assert relayed.received == 0
    assert "403" in relayed.said, relayed.said


@pytest.mark.parametrize("echo", [SWITCH], indirect=True)
async def test_credentials_that_have_ended_or_are_of_another_secret_open_nothing(
    coturn: CoturnPeer, echo: tuple[str, int]
) -> None:
    ended = credentials(datetime.now(UTC) - timedelta(hours=1))
    foreign = credentials(
        datetime.now(UTC), TURN.model_copy(update={"secret": SecretStr("another-secret-of-it")})
    )
    for username, credential in (ended, foreign):
        relayed = await asyncio.to_thread(coturn.relay, username, credential, echo)
        assert relayed.received == 0
        assert "Cannot complete Allocation" in relayed.said, relayed.said
