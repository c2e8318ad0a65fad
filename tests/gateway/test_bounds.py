"""Every string, list and table that a request may hold has a bound, whatever room its route is of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.contracts.application import application
from gateway.web.bodies import DEFAULT, LARGER, largest_body
from tests.peers.checkout import CHECKOUT
from warning.cap.reading import MOST_BYTES as MOST_CAP_BYTES

BOUNDED_FORMATS = {"uuid", "date", "date-time", "time", "binary"}
"""What pydantic reads as these is short, or limited with the body (a file)."""


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = application(tmp_path_factory.mktemp("contract")).openapi()
    return found


def test_every_string_list_and_table_of_a_request_has_a_bound(contract: dict[str, Any]) -> None:
    assert sorted(set(unbounded(contract))) == []


def unbounded(contract: dict[str, Any]) -> Iterator[str]:
    """`METHOD path: where in the request` for each that has none."""
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            where = f"{method.upper()} {path}"
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    # Bounded with the head of the request: h11 reads at most 16 KiB of it.
                    continue
                inner = f"{where}: {parameter['in']} {parameter['name']}"
                yield from _of(contract, parameter["schema"], inner, frozenset())
            for kind, body in operation.get("requestBody", {}).get("content", {}).items():
                if kind == "application/json":
                    yield from _of(contract, body["schema"], f"{where}: body", frozenset())


def _of(contract: dict[str, Any], schema: dict[str, Any], where: str, seen: frozenset[str]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from _of(contract, contract["components"]["schemas"][name], where, seen | {name})
        return
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _of(contract, one, where, seen)
    match schema.get("type"):
        case "string":
            short = "enum" in schema or "const" in schema or schema.get("format") in BOUNDED_FORMATS
            if not short and "maxLength" not in schema and not _ends(schema.get("pattern", "")):
                yield where
        case "array":
            if "maxItems" not in schema:
                yield f"{where} []"
            yield from _of(contract, schema.get("items", {}), f"{where} []", seen)
        case "object":
            yield from _of_object(contract, schema, where, seen)


def _of_object(
    contract: dict[str, Any], schema: dict[str, Any], where: str, seen: frozenset[str]
) -> Iterator[str]:
    for name, one in schema.get("properties", {}).items():
        yield from _of(contract, one, f"{where} {name}", seen)
    more = schema.get("additionalProperties")
    if more is None and "properties" not in schema:
        more = True
    if more:
        if "maxProperties" not in schema:
            yield f"{where} {{}}"
        if isinstance(more, dict):
            yield from _of(contract, more, f"{where} {{}}", seen)


def _ends(pattern: str) -> bool:
    """Whether a pattern bounds the length: anchored at both ends and without an endless repetition."""
    return pattern.startswith("^") and pattern.endswith("$") and not set(pattern) & set("*+")


def test_what_the_contract_allows_fits_the_limit_of_its_route(contract: dict[str, Any]) -> None:
    found = {}
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                most = _largest(contract, body["schema"], ())
                if most > largest_body(path):
                    found[f"{method.upper()} {path}"] = most
    assert found == {}


def test_a_cap_message_gets_through_as_large_as_it_is_read() -> None:
    for path in ("/api/warnings/cap", "/api/warnings/check"):
        assert largest_body(path) == MOST_CAP_BYTES
    assert largest_body("/api/warnings") == DEFAULT


def _largest(contract: dict[str, Any], schema: dict[str, Any], seen: tuple[str, ...]) -> int:
    """Bytes of the longest JSON that fits, each character written as UTF-8."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in seen:
            return 0
        return _largest(contract, contract["components"]["schemas"][name], (*seen, name))
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    own = 0
    match schema.get("type"):
        case "string":
            octets = 1 if schema.get("contentEncoding") == "base64" else 4
            own = 2 + octets * int(schema.get("maxLength", 40))
        case "array":
            own = 2 + int(schema["maxItems"]) * (2 + _largest(contract, schema.get("items", {}), seen))
        case "object":
            properties = schema.get("properties", {})
            own = 2 + sum(len(name) + 6 + _largest(contract, one, seen) for name, one in properties.items())
            more = schema.get("additionalProperties")
            if isinstance(more, dict):
                own += int(schema["maxProperties"]) * (90 + _largest(contract, more, seen))
        case _:
            own = 24
    return max([own, *(_largest(contract, one, seen) for one in choices)])


def test_the_shipped_proxy_lets_through_what_the_service_takes() -> None:
    text = (CHECKOUT / "deploy" / "nginx" / "songhua.conf").read_text(encoding="utf-8")
    sizes = r"client_max_body_size (\d+)([km]);"
    usual = re.search(sizes, text)
    assert usual is not None
    assert _octets(*usual.groups()) >= DEFAULT
    places = re.findall(rf"location (~ )?(\S+) {{[^}}]*?{sizes}", text)
    for begin, most in LARGER:
        if most <= DEFAULT:
            continue
        taken = [
            _octets(number, unit)
            for pattern, path, number, unit in places
            if (re.match(path, begin) if pattern else begin.startswith(path))
        ]
        assert taken, begin
        assert max(taken) >= most, begin


def _octets(number: str, unit: str) -> int:
    return int(number) * {"k": 1024, "m": 1024 * 1024}[unit]
