"""The desk's page answers every path of its router; a missing file stays missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from gateway.web import pages

DESK, UNIT = "<title>desk</title>", "<title>unit</title>"


@pytest.fixture
def client(tmp_path: Path) -> AsyncClient:
    for page, text in (("desk", DESK), ("unit", UNIT)):
        (tmp_path / page / "assets").mkdir(parents=True)
        (tmp_path / page / "index.html").write_text(text)
        (tmp_path / page / "assets" / "main-1.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("not of the desk")
    app = FastAPI()
    pages.install(app, tmp_path)
    return AsyncClient(transport=ASGITransport(app), base_url="http://desk")


@pytest.mark.parametrize(
    "path",
    ["", "calls", "calls/0198f0aa-0000-7000-8000-000000000001", "field/units/app:17", "nowhere/at.all"],
)
async def test_every_view_of_the_desk_may_be_loaded_by_its_address(client: AsyncClient, path: str) -> None:
    answer = await client.get(f"/desk/{path}")
    assert (answer.status_code, answer.text) == (200, DESK)
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_a_file_is_itself_and_a_missing_one_is_not_the_page(client: AsyncClient) -> None:
    assert (await client.get("/desk/assets/main-1.js")).text == "export {}"
    for path in ("assets/main-2.js", "assets/", "assets/../assets/main-2.js", "assets"):
        assert (await client.get(f"/desk/{path}", follow_redirects=True)).status_code == 404, path


async def test_nothing_outside_the_folder_is_served(client: AsyncClient) -> None:
    for path in ("%2e%2e/secret.txt", "..%2fsecret.txt", "calls/%00"):
        assert "not of the desk" not in (await client.get(f"/desk/{path}")).text


async def test_the_units_page_has_no_router(client: AsyncClient) -> None:
    assert (await client.get("/unit/")).text == UNIT
    assert (await client.get("/unit/jobs")).status_code == 404


async def test_a_view_is_read_and_not_written(client: AsyncClient) -> None:
    assert (await client.post("/desk/calls")).status_code == 405
