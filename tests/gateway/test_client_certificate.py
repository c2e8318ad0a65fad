"""Who says which client certificate a connection has: a trusted proxy, and nobody else."""

from __future__ import annotations

import base64
import hashlib
import ssl
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.listening import Addresses
from gateway.settings import Settings
from gateway.web.client_certificate import certificate_of
from tests.gateway.test_peer import proxies

DER = b"0\x82 what a certificate is made of"
TRUSTED = proxies("10.0.0.8")
RFC_9440 = f":{base64.b64encode(DER).decode()}:"


def asked(*told: str, client: str | None = "10.0.0.8") -> dict[str, Any]:
    headers = [(b"client-cert", one.encode("utf-8")) for one in told]
    return {"type": "http", "client": None if client is None else (client, 1), "headers": headers}


def test_a_trusted_proxy_names_it_in_either_form() -> None:
    wanted = hashlib.sha256(DER).hexdigest()
    assert certificate_of(asked(RFC_9440), TRUSTED) == wanted
    assert certificate_of(asked(quote(ssl.DER_cert_to_PEM_cert(DER))), TRUSTED) == wanted


def test_nobody_else_is_believed_and_two_are_none() -> None:
    assert certificate_of(asked(RFC_9440, client="10.0.0.9"), TRUSTED) == ""
    assert certificate_of(asked(RFC_9440, client=None), TRUSTED) == ""
    assert certificate_of(asked(RFC_9440), Addresses()) == ""
    assert certificate_of(asked(RFC_9440, RFC_9440), TRUSTED) == ""
    assert certificate_of(asked(), TRUSTED) == ""


@given(told=st.text(max_size=80))
def test_any_text_is_a_certificate_or_none(told: str) -> None:
    assert len(certificate_of(asked(told), TRUSTED)) in {0, 64}


def test_a_feed_that_asks_for_one_needs_a_trusted_proxy() -> None:
    feed = {"title": "x", "secret": "the-secret-of-the-feed", "certificate": "ab" * 32}
    sensing: Any = {"feeds": {"police": feed}}
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(sensing=sensing)
    web: Any = {"trusted_proxies": ["10.0.0.8"]}
    assert Settings(sensing=sensing, web=web).sensing.feeds["police"].certificate
