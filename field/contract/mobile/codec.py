"""Bytes to messages and back. Any bytes give a message or `Malformed`, never anything else."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.malformed import Malformed
from field.contract.mobile.messages import Payload

M = TypeVar("M", bound=BaseModel)

MAX_UP_BYTES = 32_768
MAX_DOWN_BYTES = 65_536
"""What a terminal takes; a longer list of jobs is sent as far as it fits, and says that it is not whole."""


def decode(model: type[M], payload: bytes, *, limit: int = MAX_UP_BYTES) -> M:
    """The message in `payload`. Raises `Malformed` for what is too long, no JSON or against the contract."""
    if len(payload) > limit:
        raise Malformed("too long")
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        raise Malformed(f"{error.error_count()} faults") from error


def encode(message: Payload) -> bytes:
    """UTF-8 JSON with the name of its schema."""
    named = message.model_copy(update={"schema_name": message.SCHEMA})
    return named.model_dump_json(by_alias=True).encode()
