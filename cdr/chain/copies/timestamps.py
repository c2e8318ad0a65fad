"""Timestamps of an authority (RFC 3161) upon the newest head: that it was there by then, and not made later.

Each token stands with its head in a file of lines, which is a copy of heads as well.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import os
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import Request, build_opener

from cryptography import x509
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from cdr.chain.copies.destination import NotCopied
from cdr.chain.heads import Head, read_head
from cdr.chain.seal import canonical
from cdr.errors import KeyTrouble
from core.http_client import NoRedirect

DEADLINE_S = 10.0
_MOST_ANSWER = 64_000
_LINE = 128_000
_GRANTED = (0, 1)
"""RFC 3161, 2.4.2: granted, granted with modifications."""


_OPENER: Final = build_opener(NoRedirect())


class Timestamps:
    whole = False
    newest_only = True

    def __init__(self, url: str, file: Path, *, every_s: float) -> None:
        self.name = f"timestamps:{url}"
        self.every_s = every_s
        self._url = url
        self._file = file

    async def take(self, heads: Sequence[Head]) -> None:
        await asyncio.to_thread(self._stamp, heads[-1])

    def _stamp(self, head: Head) -> None:
        asked = TimestampRequestBuilder().data(head.line()).nonce(nonce=True).cert_request(cert_request=True)
        request = asked.build()
        answer = self._ask(request.as_bytes())
        try:
            response = decode_timestamp_response(answer)
        except ValueError as error:
            raise NotCopied("the authority's answer is not a timestamp: check the address") from error
        if response.status not in _GRANTED:
            raise NotCopied(f"the authority refused it (status {response.status}): ask its operator")
        if response.tst_info.nonce != request.nonce:
            raise NotCopied("the authority answered another request: check what stands between")
        if response.tst_info.message_imprint.message != request.message_imprint.message:
            raise NotCopied("the authority's timestamp is not for this head: check for a proxy in between")
        held = json.loads(head.line())
        line = canonical({**held, "tsr": base64.b64encode(answer).decode()}) + b"\n"
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        with os.fdopen(handle, "wb") as stream:
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())

    def _ask(self, request: bytes) -> bytes:
        # The scheme is http or https: the settings take no other.
        asked = Request(  # noqa: S310
            self._url, data=request, headers={"Content-Type": "application/timestamp-query"}, method="POST"
        )
        try:
            with _OPENER.open(asked, timeout=DEADLINE_S) as answer:
                if answer.status != HTTPStatus.OK:
                    raise NotCopied(f"the authority answered HTTP {answer.status}")
                return bytes(answer.read(_MOST_ANSWER))
        except URLError as error:
            raise NotCopied(f"the authority cannot be reached: {error.reason}") from error
        except (OSError, HTTPException) as error:
            raise NotCopied(f"the authority broke off: {type(error).__name__}") from error


def stamped(file: Path) -> Iterator[tuple[Head, bytes]]:
    """The heads in a file of timestamps with their tokens; lines that are none are passed over. Raises
    `OSError`.
    """
    with file.open("rb") as stream:
        while line := stream.readline(_LINE):
            head = read_head(line)
            if head is None:
                continue
            try:
                yield head, base64.b64decode(json.loads(line).get("tsr", ""), validate=True)
            except (ValueError, TypeError, binascii.Error):
                yield head, b""


class Authority:
    """Checks tokens by the authority's root certificate. Raises `KeyTrouble` for a file that is none."""

    def __init__(self, ca: Path) -> None:
        try:
            root = x509.load_pem_x509_certificate(ca.read_bytes())
        except (OSError, ValueError) as error:
            raise KeyTrouble(
                "the timestamp authority's certificate cannot be read",
                remedy=f"check cdr.heads_copies.timestamps_ca: {ca}",
            ) from error
        self._verifier = VerifierBuilder().add_root_certificate(root).build()

    def stamped(self, head: Head, token: bytes) -> bool:
        """Whether the authority stamped this head."""
        try:
            response: TimeStampResponse = decode_timestamp_response(token)
            return bool(self._verifier.verify_message(response, head.line()))
        except (VerificationError, ValueError):
            return False
