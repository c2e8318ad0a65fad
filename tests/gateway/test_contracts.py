"""The console's types are the ones that the code speaks, and are written as TypeScript reads them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field

from core.answers import answers
from core.events import registered
from gateway.contracts.application import application
from gateway.contracts.files import files, stale, write
from gateway.contracts.names import Place, SameName, places
from gateway.contracts.operations import operations
from gateway.contracts.schemas import MODULE, NAME, Wanted, generate
from gateway.contracts.typescript import Types, comment, definition
from gateway.web.live.audience import SCOPES


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return application(tmp_path_factory.mktemp("contract"))


def test_the_kept_files_are_the_generated_ones(app: FastAPI) -> None:
    assert stale(app) == [], "run python -m gateway.contracts"


def test_what_is_stale_missing_or_left_over_is_named(app: FastAPI, tmp_path: Path) -> None:
    write(app, tmp_path)
    assert stale(app, tmp_path) == []
    (tmp_path / "live.ts").write_text("changed", encoding="utf-8")
    (tmp_path / "core.ts").unlink()
    (tmp_path / "old.ts").write_text("", encoding="utf-8")
    assert stale(app, tmp_path) == ["core.ts", "live.ts", "old.ts"]
    write(app, tmp_path)
    assert stale(app, tmp_path) == []


def test_every_operation_of_the_openapi_document_is_there(app: FastAPI) -> None:
    document = {
        (method, path.removeprefix("/api"))
        for path, about in app.openapi()["paths"].items()
        for method in about
    }
    assert {(one.method, one.path) for one in operations(app)} == document


def test_every_event_that_the_desk_may_see_is_there(app: FastAPI) -> None:
    told = files(app)["live.ts"]
    assert [kind for kind in SCOPES if f'"{kind}"' not in told] == []
    assert set(SCOPES) <= set(registered())


# ---- schemas as TypeScript


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    """Words.

    More of them.
    """

    colours: dict[Colour, int] = {}
    pair: tuple[float, str] | None = None


class Outer(BaseModel):
    name: str = "nobody"
    inner: Inner
    kinds: list[Literal["a", "b"]] = []
    free: dict[str, Any] = {}
    secret: str = Field(default="", exclude_if=lambda it: not it)


def written(**types: Any) -> Mapping[str, str]:
    """Definitions by their names, with everything in the room `tests`."""
    schemas = generate([Wanted(key, kind) for key, kind in types.items()])
    placed = places(schemas.definitions)
    render = Types(schemas, placed, "tests")
    return {
        placed[key].name: definition(render, placed[key].name, schema)
        for key, schema in schemas.definitions.items()
    }


def test_a_model_is_an_interface_and_what_is_sent_has_all_its_fields() -> None:
    assert written(one=Outer)["Outer"] == (
        "export interface Outer {\n"
        "  name: string;\n"
        "  inner: Inner;\n"
        '  kinds: ("a" | "b")[];\n'
        "  free: Record<string, unknown>;\n"
        "  secret?: string;\n"
        "}"
    )


def test_what_is_received_may_lack_what_has_a_default() -> None:
    schemas = generate([Wanted("in", Outer, "validation")])
    key = schemas.roots["in"]["$ref"].rpartition("/")[2]
    lines = list(Types(schemas, places(schemas.definitions), "tests").fields(schemas.definitions[key]))
    assert lines[:2] == ["  name?: string;", "  inner: Inner;"]


def test_words_of_the_code_are_the_comment() -> None:
    made = written(one=Inner)["Inner"]
    assert made.startswith("/**\n * Words.\n *\n * More of them.\n */\nexport interface Inner {")
    assert "  colours: Partial<Record<Colour, number>>;\n" in made
    assert "  pair: [number, string] | null;\n" in made


def test_no_words_end_a_comment_early() -> None:
    assert list(comment("all of a/* and */ b")) == ["/** all of a/* and * / b */"]


def test_an_enumeration_is_a_list_and_a_type() -> None:
    assert written(one=Colour)["Colour"] == (
        'export const Colour = ["red", "blue"] as const;\nexport type Colour = (typeof Colour)[number];'
    )


def test_another_rooms_type_is_named_by_its_room() -> None:
    schemas = generate([Wanted("one", Outer)])
    types = Types(schemas, places(schemas.definitions), "elsewhere")
    assert types.of(schemas.roots["one"]) == "tests.Outer"
    assert types.rooms == {"tests"}


# ---- names


def marked(module: str, name: str) -> dict[str, str]:
    return {MODULE: module, NAME: name}


def test_two_of_one_room_have_their_folders_before_them() -> None:
    found = places(
        {
            "1": marked("hotline.callbacks.http", "Listed"),
            "2": marked("hotline.nuisance.http", "Listed"),
            "3": marked("cases.http", "Listed"),
            "4": marked("hotline.http", "Calls"),
        }
    )
    assert found == {
        "1": Place("hotline", "CallbacksListed"),
        "2": Place("hotline", "NuisanceListed"),
        "3": Place("cases", "Listed"),
        "4": Place("hotline", "Calls"),
    }


def test_two_of_one_folder_are_refused() -> None:
    with pytest.raises(SameName, match="Listed"):
        places({"1": marked("hotline.http", "Listed"), "2": marked("hotline.model", "Listed")})


# ---- routes


def test_a_route_that_makes_its_body_by_hand_says_what_it_is() -> None:
    app = FastAPI()

    @app.get("/api/things/{thing_id}", **answers(Outer))
    async def thing(thing_id: str, deep: bool = False) -> dict[str, Any]:
        return {"name": "•••", "thing_id": thing_id, "deep": deep}

    @app.delete("/api/things", status_code=204)
    async def drop() -> None: ...

    gone, shown = operations(app)
    assert gone.answers == {204: None}
    assert shown.answers == {200: Outer}
    assert [(one.name, one.required) for one in shown.parameters] == [("thing_id", True), ("deep", False)]
    document = app.openapi()["paths"]["/api/things/{thing_id}"]["get"]["responses"]["200"]
    assert document["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Outer"}
