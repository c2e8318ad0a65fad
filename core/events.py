"""Events: frozen models that rooms publish to each other, each field with a privacy class.

A *durable* event leaves by the outbox after commit; a *live* one is lossy and resynchronised.
Subclasses stand in the `events.py` of the room that owns them and register themselves by `type`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from core.ids import uuid7
from core.models import Frozen
from core.scopes import ScopeLimit


class Privacy(StrEnum):
    """How far a field may travel; a field without a mark is `internal`."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"


class _Mark:
    __slots__ = ("privacy",)

    def __init__(self, privacy: Privacy) -> None:
        self.privacy = privacy


PUBLIC = _Mark(Privacy.PUBLIC)
PERSONAL = _Mark(Privacy.PERSONAL)
"""Use as `caller: Annotated[str, PERSONAL]`."""

Delivery = Literal["durable", "live"]

_registry: dict[str, type[Event]] = {}
_former: dict[str, type[Event]] = {}


class Event(Frozen):
    """`type` is `<room>.<what happened>`, `version` rises when a field changes meaning."""

    TYPE: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    DELIVERY: ClassVar[Delivery] = "live"
    FORMER: ClassVar[tuple[str, ...]] = ()
    """Types of earlier versions: still read, from an outbox or a broker's queue, and never sent."""

    id: Annotated[UUID, PUBLIC] = Field(default_factory=uuid7)
    at: Annotated[datetime, PUBLIC] = Field(default_factory=lambda: datetime.now(UTC))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.TYPE:
            return
        for used in (cls.TYPE, *cls.FORMER):
            known = _registry.get(used) or _former.get(used)
            if known is not None and known.__qualname__ != cls.__qualname__:
                raise TypeError(f"event type {used!r} is used twice")
        _registry[cls.TYPE] = cls
        _former.update(dict.fromkeys(cls.FORMER, cls))

    def limited_by(self) -> ScopeLimit | None:
        """Which viewers it is for; None: it has no queue, district or talkgroup, and is for all of them."""
        return None

    def envelope(self) -> dict[str, Any]:
        """The wire form: `{"type", "version", "id", "at", …fields}`, JSON-ready."""
        return {"type": self.TYPE, "version": self.VERSION, **self.model_dump(mode="json")}


def privacy_of(model: type[BaseModel], field: str) -> Privacy:
    """The privacy class of a field; `internal` without a mark."""
    for mark in model.model_fields[field].metadata:
        if isinstance(mark, _Mark):
            return mark.privacy
    return Privacy.INTERNAL


MASK = "•••"


def mask(model: BaseModel, allowed: frozenset[Privacy]) -> dict[str, Any]:
    """The model as JSON-ready dict, where each field above `allowed` is masked; nested models too."""
    out: dict[str, Any] = {}
    dumped = model.model_dump(mode="json")
    for name in type(model).model_fields:
        value = getattr(model, name)
        if privacy_of(type(model), name) not in allowed:
            out[name] = None if value is None else MASK
        elif isinstance(value, BaseModel):
            out[name] = mask(value, allowed)
        elif isinstance(value, (list, tuple)) and any(isinstance(item, BaseModel) for item in value):
            out[name] = [mask(item, allowed) if isinstance(item, BaseModel) else item for item in value]
        elif isinstance(value, dict) and any(isinstance(item, BaseModel) for item in value.values()):
            out[name] = {
                str(key): mask(item, allowed) if isinstance(item, BaseModel) else item
                for key, item in value.items()
            }
        else:
            out[name] = dumped[name]
    return out


def registered() -> Mapping[str, type[Event]]:
    """All event types by their `type`; contracts (AsyncAPI, TypeScript) are generated from it."""
    return MappingProxyType(_registry)


def parse(envelope: Mapping[str, Any]) -> Event:
    """The event in a wire envelope.

    Raises `KeyError` for an unknown type and `pydantic.ValidationError` for a malformed one.
    """
    named = str(envelope["type"])
    model = _registry.get(named) or _former[named]
    return model.model_validate(
        {key: value for key, value in envelope.items() if key not in {"type", "version"}}
    )
