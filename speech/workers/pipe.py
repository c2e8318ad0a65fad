"""Messages between server and worker: `length u32 | kind u8 | utterance u32 | payload`, big-endian. Pure."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from speech.engines.certainty import is_of
from speech.engines.port import Expected, Hypothesis

_HEAD = struct.Struct(">IBI")
HEAD_BYTES = _HEAD.size
MAX_PAYLOAD = 1 << 20


class PipeMessageKind(IntEnum):
    # To the worker; each of these is answered by one ACK.
    BEGIN = 1
    AUDIO = 2
    END = 3
    # From the worker.
    READY = 16
    ACK = 17
    HEARD = 18
    DONE = 19
    FAILED = 20


class PipeError(ValueError):
    """The other side does not speak this protocol; the worker is replaced."""


@dataclass(frozen=True, slots=True)
class PipeMessage:
    kind: PipeMessageKind
    utterance: int = 0
    payload: bytes = b""


def encode(message: PipeMessage) -> bytes:
    """The message as bytes: length, kind, utterance, payload."""
    return _HEAD.pack(len(message.payload), message.kind, message.utterance) + message.payload


def decode_head(head: bytes) -> tuple[int, PipeMessageKind, int]:
    """Payload length, kind and utterance. Raises `PipeError`."""
    length, kind, utterance = _HEAD.unpack(head)
    if length > MAX_PAYLOAD:
        raise PipeError(f"message of {length} bytes")
    try:
        return length, PipeMessageKind(kind), utterance
    except ValueError as error:
        raise PipeError(f"message of unknown kind {kind}") from error


class PipeDecoder:
    """Assemble whole messages from pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[PipeMessage]:
        self._buffer += data
        while len(self._buffer) >= HEAD_BYTES:
            length, kind, utterance = decode_head(bytes(self._buffer[:HEAD_BYTES]))
            if len(self._buffer) < HEAD_BYTES + length:
                return
            payload = bytes(self._buffer[HEAD_BYTES : HEAD_BYTES + length])
            del self._buffer[: HEAD_BYTES + length]
            yield PipeMessage(kind, utterance, payload)


def begin(utterance: int, expected: Expected) -> PipeMessage:
    body = {"languages": dict(expected.languages), "hints": dict(expected.hints)}
    return PipeMessage(PipeMessageKind.BEGIN, utterance, json.dumps(body).encode())


def begun(payload: bytes) -> Expected:
    """What is expected, of a BEGIN. Raises `PipeError`."""
    body = _object(payload)
    try:
        hints = {str(name): tuple(str(word) for word in words) for name, words in body["hints"].items()}
        return Expected(_shares(body["languages"]), hints)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise PipeError("malformed expectation") from error


def heard(utterance: int, hypothesis: Hypothesis) -> PipeMessage:
    """A message with a hypothesis as JSON."""
    return PipeMessage(PipeMessageKind.HEARD, utterance, json.dumps(asdict(hypothesis)).encode())


def hypothesis(payload: bytes) -> Hypothesis:
    """The hypothesis of a HEARD. Raises `PipeError`."""
    body = _object(payload)
    try:
        sure = body["confidence"]
        text = str(body["text"])
        certainty = tuple((int(end), float(piece)) for end, piece in body["certainty"])
        if not is_of(certainty, text):
            raise PipeError("pieces that are not of the text")
        return Hypothesis(
            text=text,
            final=bool(body["final"]),
            language=str(body["language"]),
            confidence=None if sure is None else min(1.0, max(0.0, float(sure))),
            certainty=certainty,
            likelihoods=None if body.get("likelihoods") is None else _shares(body["likelihoods"]),
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise PipeError("malformed hypothesis") from error


def _shares(body: dict[str, Any]) -> dict[str, float]:
    return {str(name): min(1.0, max(0.0, float(share))) for name, share in body.items()}


def _object(payload: bytes) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except ValueError as error:
        raise PipeError("payload is not JSON") from error
    if not isinstance(body, dict):
        raise PipeError("payload is not an object")
    return body
