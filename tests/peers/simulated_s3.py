"""A simulated object store: one bucket by the part of S3's interface that restic uses, in memory. It checks
the signature (AWS Signature Version 4) of every request, and is full where `room` says so.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

REGION: Final = "harbin-1"
_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


class SimulatedS3:
    """`objects` by key. `room` is how many bytes it takes at most. Plain HTTP on this machine."""

    def __init__(self, key_id: str, key: str, bucket: str = "city") -> None:
        self.key_id, self.key, self.bucket = key_id, key, bucket
        self.objects: dict[str, bytes] = {}
        self.room = 1 << 40
        self.refused = 0
        store = self

        class Handler(_Handler):
            world = store

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.repository = f"s3:http://127.0.0.1:{self._server.server_port}/{bucket}/songhua"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def signature(self, method: str, target: str, headers: Any, told: dict[str, str]) -> str:
        """What the owner of the key would have signed."""
        parts = urlsplit(target)
        query = sorted(parts.query.split("&")) if parts.query else []
        pairs = [one if "=" in one else f"{one}=" for one in query]
        names = told["headers"].split(";")
        signed = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
        request = "\n".join(
            [method, quote(unquote(parts.path), safe="/-_.~"), "&".join(pairs), signed, ";".join(names),
             headers["x-amz-content-sha256"]]
        )  # fmt: skip
        scope = f"{told['day']}/{told['region']}/s3/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{_sha256(request.encode())}"
        key = f"AWS4{self.key}".encode()
        for part in (told["day"], told["region"], "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, to_sign.encode(), "sha256").hex()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: SimulatedS3

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._allowed():
            return
        if self.headers["x-amz-content-sha256"].startswith("STREAMING-"):
            body = _unchunked(body)
        if self._key:
            if sum(map(len, self.world.objects.values())) + len(body) > self.world.room:
                self._error(403, "QuotaExceeded", "the bucket is full")
                return
            self.world.objects[self._key] = body
        self._answer(200, headers={"ETag": f'"{_etag(body)}"'})

    def do_GET(self) -> None:
        if not self._allowed():
            return
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if not self._key:
            self._answer(200, _location() if "location" in query else self._listing(query))
            return
        found = self.world.objects.get(self._key)
        if found is None:
            self._error(404, "NoSuchKey", "there is none")
            return
        ranged = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(ranged[1]) if ranged else 0
        last = int(ranged[2]) if ranged and ranged[2] else len(found) - 1
        piece = found[first : last + 1]
        more = {"Content-Range": f"bytes {first}-{first + len(piece) - 1}/{len(found)}"} if ranged else {}
        self._answer(206 if ranged else 200, piece, headers=_of_object(found) | more)

    def do_HEAD(self) -> None:
        if not self._allowed():
            return
        found = self.world.objects.get(self._key) if self._key else b""
        if found is None:
            self._error(404, "NoSuchKey", "there is none")
        else:
            self._answer(200, found, headers=_of_object(found))

    def do_DELETE(self) -> None:
        if self._allowed():
            self.world.objects.pop(self._key, None)
            self._answer(204)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    @property
    def _key(self) -> str:
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        return key if bucket == self.world.bucket else ""

    def _allowed(self) -> bool:
        seen = _AUTHORIZATION.fullmatch(self.headers.get("Authorization", ""))
        told = seen.groupdict() if seen else {}
        if (
            told.get("id") == self.world.key_id
            and told["region"] == REGION
            and told["signature"] == self.world.signature(self.command, self.path, self.headers, told)
        ):
            return True
        self.world.refused += 1
        self._error(403, "SignatureDoesNotMatch", "the signature is another key's")
        return False

    def _listing(self, query: dict[str, list[str]]) -> bytes:
        prefix = query.get("prefix", [""])[0]
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-12-01T00:00:00.000Z</LastModified>"
            f"<ETag>{_etag(body)}</ETag><Size>{len(body)}</Size></Contents>"
            for key, body in sorted(self.world.objects.items())
            if key.startswith(prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()

    def _error(self, status: int, code: str, words: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>{words}</Message></Error>".encode())

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _unchunked(body: bytes) -> bytes:
    """The bytes inside `aws-chunked`."""
    found, at = bytearray(), 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end].partition(b";")[0], 16)
        if size == 0:
            return bytes(found)
        found += body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2


def _of_object(body: bytes) -> dict[str, str]:
    return {
        "ETag": f'"{_etag(body)}"', "Last-Modified": "Tue, 01 Dec 2026 00:00:00 GMT",
        "Content-Type": "application/octet-stream",
    }  # fmt: skip


def _location() -> bytes:
    return f"<LocationConstraint>{REGION}</LocationConstraint>".encode()


def _etag(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
