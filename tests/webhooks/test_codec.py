"""Signatures, requests and answers of webhooks, and where none may go."""

from __future__ import annotations

import base64
import contextlib
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from cases.exchange.errors import FormUnsent
from cases.exchange.model import FormReceiver, ReceiptWay, is_web_address
from core import webhook_signature
from core.listening import Addresses, AddressRange
from gateway.webhooks import codec, guard
from tests.cases.exchange.world import webhooks

SECRETS = st.binary(min_size=16, max_size=64)
IDS = st.uuids().map(str)
BODIES = st.binary(max_size=400)
STAMPS = st.integers(0, 10**11)


def test_the_example_of_standard_webhooks_has_its_signature() -> None:
    """From its specification, 1.0."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = webhook_signature.signature(
        secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(secret=SECRETS, former=SECRETS, message_id=IDS, at=STAMPS, body=BODIES, drift=st.integers(-300, 300))
def test_what_is_signed_is_verified_by_either_secret(
    secret: bytes, former: bytes, message_id: str, at: int, body: bytes, drift: int
) -> None:
    headers = webhook_signature.headers_of([secret, former], message_id, at, body)
    for one in (secret, former):
        assert webhook_signature.verified(one, headers, body, at + drift)
        assert not webhook_signature.verified(one, headers, body, at + 301)
        assert not webhook_signature.verified(one, headers, body, at - 301)


@given(secret=SECRETS, message_id=IDS, at=STAMPS, body=BODIES, data=st.data())
def test_whatever_is_changed_is_found(
    secret: bytes, message_id: str, at: int, body: bytes, data: st.DataObject
) -> None:
    headers = dict(webhook_signature.headers_of([secret], message_id, at, body))
    assert not webhook_signature.verified(secret, headers, body + b" ", at)
    assert not webhook_signature.verified(secret + b"!", headers, body, at)
    assert not webhook_signature.verified(secret, headers | {"webhook-id": message_id + "0"}, body, at)
    assert not webhook_signature.verified(secret, headers | {"webhook-timestamp": str(at + 1)}, body, at)
    place = data.draw(st.integers(3, len(headers["webhook-signature"]) - 3))
    told = headers["webhook-signature"]
    other = "A" if told[place] != "A" else "B"
    forged = told[:place] + other + told[place + 1 :]
    assert not webhook_signature.verified(secret, headers | {"webhook-signature": forged}, body, at)


HEADERS = st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"])
STATUS_LINES = st.from_regex(rb"HTTP/1\.[01] [0-9]{1,4}( .*)?\r\n", fullmatch=True)


@given(headers=st.dictionaries(HEADERS, st.text()))
def test_no_header_breaks_the_check(headers: dict[str, str]) -> None:
    assert not webhook_signature.verified(b"secret", headers, b"{}", 0)


@given(line=st.one_of(st.binary(max_size=60), STATUS_LINES))
def test_an_answer_is_a_status_or_no_http(line: bytes) -> None:
    with contextlib.suppress(codec.BadAnswer):
        assert 100 <= codec.status_of(line) <= 599


@given(
    url=st.one_of(
        st.text(max_size=60), st.text("abc.:/@#?[]% \r\n0189é", max_size=40).map("https://".__add__)
    )
)
def test_an_address_that_the_setting_takes_makes_one_request(url: str) -> None:
    if not is_web_address(url):
        return
    try:
        address = codec.address_of(url)
    except ValueError:
        return
    head = codec.request_of(address, {"webhook-id": "1"}, b"{}").partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    assert len(lines) == 7
    assert lines[0].count(b" ") == 2


@pytest.mark.parametrize(
    "url",
    ["", "ftp://a/", "https://", "https://user:pw@a/", "https://a/#b", "https://a:0/", "https://a:99999/",
     "https://a b/", "https://a/\r\nX: y", "//a/", "https://例.中国/"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    assert not is_web_address(url)
    with pytest.raises(ValueError, match="address must look like"):
        FormReceiver(department_id="greening", way=ReceiptWay.WEBHOOK, url=url)


def _networks(*text: str) -> Addresses:
    return Addresses(TypeAdapter(tuple[AddressRange, ...]).validate_python(text))


INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1",
    "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:db8::1", "::10.0.0.1", "no address",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_no_form_goes_into_our_own_networks(address: str) -> None:
    for secure in (True, False):
        with pytest.raises(guard.RefusedAddress):
            guard.allowed(["93.184.215.14", address], _networks(), secure=secure)


def test_public_addresses_need_tls_and_named_networks_do_not() -> None:
    public = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]
    assert guard.allowed(public, _networks(), secure=True) == public
    with pytest.raises(guard.RefusedAddress, match="needs-tls"):
        guard.allowed(public, _networks(), secure=False)
    assert guard.allowed(["10.20.1.1"], _networks("10.20.0.0/16"), secure=False) == ["10.20.1.1"]
    with pytest.raises(guard.RefusedAddress):
        guard.allowed(["10.21.1.1"], _networks("10.20.0.0/16"), secure=True)
    with pytest.raises(guard.RefusedAddress):
        guard.allowed([], _networks(), secure=True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "127.1"])
async def test_no_name_of_this_machine_leads_to_it(host: str) -> None:
    receiver = FormReceiver(department_id="greening", way=ReceiptWay.WEBHOOK, url=f"http://{host}:9/")
    with pytest.raises(FormUnsent) as refused:
        await webhooks(private_networks=[]).post(receiver, uuid4(), b"{}")
    assert refused.value.detail == "address-private"
