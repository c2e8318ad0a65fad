"""What a stranger learns of the service: that it answers. Details, figures and contract are for insiders."""

from __future__ import annotations

from pathlib import Path

import httpx2 as httpx
import pytest
from pydantic import SecretStr, TypeAdapter
from starlette.requests import HTTPConnection

from core.errors import Unauthenticated, Unavailable
from core.listening import Addresses, AddressRange
from core.room import Health
from gateway.asterisk.metrics_checks import REFUSED
from gateway.settings import MetricsSettings
from gateway.web.app import WebParts, create
from gateway.web.insiders import InternalReaders
from gateway.web.metrics_server import MetricsServer, _app
from tests.gateway.unguarded import Unguarded

TOKEN = "a-token-of-this-test"  # opens nothing
STRANGER, PROMETHEUS, PROXY = "10.0.0.9", "10.0.0.20", "10.0.0.8"
PAGES = ("/metrics", "/api/openapi.json")


def ranges(*words: str) -> tuple[AddressRange, ...]:
    return TypeAdapter(tuple[AddressRange, ...]).validate_python(words)


async def viewer(connection: HTTPConnection) -> str:
    if connection.cookies.get("who") == "li.na":
        return "li.na"
    if connection.cookies.get("who") == "away":
        raise Unavailable
    raise Unauthenticated


def parts() -> list[Health]:
    return [Health("floor", "degraded", "the broker is away")]


@pytest.fixture
async def ask(tmp_path: Path) -> Asking:
    insiders = InternalReaders(
        addresses=ranges(PROMETHEUS), token=TOKEN, trusted=Addresses(ranges(PROXY)), viewer=viewer
    )
    return Asking(create(WebParts([], tmp_path, parts, Unguarded(), insiders)))


class Asking:
    def __init__(self, app: object) -> None:
        self._app = app

    async def __call__(self, path: str, source: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app, client=(source, 5))  # type: ignore[arg-type]
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=transport, base_url="http://songhua") as client:
            return await client.get(path, headers=named)

    async def tells(self, source: str, **headers: str) -> bool:
        """Whether all of it is told; it must be the same for all three."""
        health = (await self("/api/health", source, **headers)).json()
        said = {"parts" in health}
        for page in PAGES:
            said.add((await self(page, source, **headers)).status_code == 200)
        (one,) = said
        return one


async def test_strangers_learn_that_it_answers_and_nothing_else(ask: Asking) -> None:
    assert (await ask("/api/health", STRANGER)).json() == {"state": "up"}
    for page in PAGES:
        refused = await ask(page, STRANGER)
        assert refused.status_code == 401
        assert "songhua_" not in refused.text
        assert "paths" not in refused.text


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("127.0.0.1", {}),
        ("::1", {}),
        (PROMETHEUS, {}),
        (STRANGER, {"authorization": f"Bearer {TOKEN}"}),
        (STRANGER, {"cookie": "who=li.na"}),
        (PROXY, {"x_forwarded_for": PROMETHEUS}),
    ],
)
async def test_insiders_are_told_all(ask: Asking, source: str, headers: dict[str, str]) -> None:
    assert await ask.tells(source, **headers)


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        (STRANGER, {"authorization": f"Bearer {TOKEN}x"}),
        (STRANGER, {"authorization": TOKEN}),
        (STRANGER, {"authorization": "Bearer "}),
        (STRANGER, {"cookie": "who=nobody"}),
        (STRANGER, {"cookie": "who=away"}),
        (STRANGER, {"x_forwarded_for": "127.0.0.1"}),
        ("127.0.0.1", {"x_forwarded_for": STRANGER}),
        (PROXY, {}),
        (PROXY, {"x_forwarded_for": f"127.0.0.1, {STRANGER}"}),
    ],
)
async def test_others_are_strangers_whatever_they_write(
    ask: Asking, source: str, headers: dict[str, str]
) -> None:
    assert not await ask.tells(source, **headers)


async def test_a_roles_own_figures_are_for_insiders_too() -> None:
    asking = Asking(_app(parts, InternalReaders(addresses=ranges(PROMETHEUS), token=TOKEN), "radio"))
    assert (await asking("/api/health", STRANGER)).json() == {"state": "up"}
    refused = await asking("/metrics", STRANGER)
    assert refused.status_code == 401
    assert REFUSED in refused.content, "by this the doctor knows whose port it is"
    assert (await asking("/metrics", PROMETHEUS)).status_code == 200
    assert (await asking("/metrics", STRANGER, authorization=f"Bearer {TOKEN}")).status_code == 200


async def test_the_settings_reach_a_roles_figures() -> None:
    settings = MetricsSettings(radio_port=0, token=SecretStr(TOKEN), addresses=ranges(PROMETHEUS))
    server = MetricsServer(settings, "radio", parts)
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
            assert (await client.get("/metrics")).status_code == 200
            through = await client.get("/metrics", headers={"X-Forwarded-For": STRANGER})
            assert through.status_code == 401
    finally:
        await server.stop()


async def test_everybody_sees_whether_a_role_lives_and_takes_work_and_no_more(tmp_path: Path) -> None:
    seen: list[Health] = []
    draining = False
    parts_of_web = WebParts(
        [], tmp_path, lambda: seen, Unguarded(), InternalReaders(), draining=lambda: draining
    )
    ask = Asking(create(parts_of_web))
    assert (await ask("/livez", STRANGER)).json() == {"alive": True}
    lacks = await ask("/readyz", STRANGER)
    assert (lacks.status_code, lacks.json()["reasons"]) == (503, ["database", "switch", "hotline"])
    seen += [Health(part, "up") for part in ("storage", "asterisk", "hotline")]
    # A broker that is away keeps no caller out.
    seen.append(Health("mqtt", "degraded", "broker.internal does not answer"))
    ready = await ask("/readyz", STRANGER)
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "reasons": []})
    seen[0] = Health("storage", "degraded", "start the server at 10.0.0.7")
    draining = True
    told = await ask("/readyz", STRANGER)
    assert (told.status_code, told.json()) == (503, {"ready": False, "reasons": ["database", "draining"]})
    assert (await ask("/livez", STRANGER)).status_code == 200


async def test_the_role_radio_needs_its_broker_to_be_ready() -> None:
    seen = [Health("storage", "up"), Health("mqtt", "degraded", "away")]
    ask = Asking(_app(lambda: seen, InternalReaders(), "radio"))
    assert (await ask("/readyz", STRANGER)).json() == {"ready": False, "reasons": ["broker"]}
    assert (await ask("/livez", STRANGER)).json() == {"alive": True}
