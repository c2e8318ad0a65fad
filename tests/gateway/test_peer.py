"""Whose address a request comes from: nobody but a named proxy can say that it is somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from core.listening import Addresses, AddressRange
from gateway.web.peer import UNKNOWN, address_of, from_this_machine

NOBODY = Addresses()


def proxies(*words: str) -> Addresses:
    return Addresses(TypeAdapter(tuple[AddressRange, ...]).validate_python(words))


def request(client: str | None, *forwarded: str, name: str = "x-forwarded-for") -> dict[str, Any]:
    headers = [(name.encode(), one.encode()) for one in forwarded]
    return {"type": "http", "client": None if client is None else (client, 1), "headers": headers}


def test_what_a_stranger_writes_means_nothing() -> None:
    assert address_of(request("10.0.0.9", "127.0.0.1"), NOBODY) == "10.0.0.9"
    assert address_of(request("10.0.0.9", "127.0.0.1"), proxies("10.0.0.8")) == "10.0.0.9"


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        (["1.2.3.4"], "1.2.3.4"),
        (["127.0.0.1, 1.2.3.4"], "1.2.3.4"),
        (["127.0.0.1", "1.2.3.4"], "1.2.3.4"),
        (["1.2.3.4, 10.0.0.8"], "1.2.3.4"),
        (["1.2.3.4, nonsense"], "10.0.0.8"),
        (["nonsense, 10.0.0.8"], "10.0.0.8"),
        ([], "10.0.0.8"),
        ([""], "10.0.0.8"),
        (["2001:db8::7"], "2001:db8::7"),
    ],
)
def test_a_named_proxy_is_believed_from_the_right(forwarded: list[str], found: str) -> None:
    assert address_of(request("10.0.0.8", *forwarded), proxies("10.0.0.8")) == found


def test_an_address_is_one_however_it_is_written() -> None:
    assert address_of(request("::ffff:10.0.0.9"), NOBODY) == "10.0.0.9"
    assert address_of(request(None), NOBODY) == UNKNOWN


def test_this_machine_is_who_comes_over_loopback_and_not_through_a_proxy() -> None:
    assert from_this_machine(request("127.0.0.1"))
    assert from_this_machine(request("::1"))
    assert not from_this_machine(request("10.0.0.9"))
    assert not from_this_machine(request(None))
    for name in ("x-forwarded-for", "forwarded", "x-real-ip"):
        assert not from_this_machine(request("127.0.0.1", "127.0.0.1", name=name))


@given(st.binary(max_size=80), st.sampled_from(["127.0.0.1", "10.0.0.8", "odd", "::1"]))
def test_any_header_has_an_answer(text: bytes, client: str) -> None:
    scope = {"type": "http", "client": (client, 1), "headers": [(b"x-forwarded-for", text)]}
    assert address_of(scope, proxies("127.0.0.1", "10.0.0.8"))
