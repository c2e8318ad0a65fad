"""Settings of a feed: who posts there, how a request proves itself, and how an event of theirs is read."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.listening import AddressRange
from core.models import StrictSettings
from core.secret import OwnSecret
from sensing.feeds.model import FIELDS

FeedName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
FieldPath = Annotated[str, Field(pattern=r"^[^.\s]{1,64}(\.[^.\s]{1,64}){0,7}$")]
CategoryRef = Annotated[str, Field(max_length=64)]


class FeedSettings(StrictSettings):
    """One system that posts events."""

    title: str = Field(min_length=1, max_length=80, description="what people call it")
    secret: OwnSecret = Field(description="it signs with this; `whsec_` and base64, or any text")
    fields: dict[str, FieldPath] = Field(
        default_factory=dict,
        description="where each of our fields stands in its JSON: `data.plate.no`, `images.*.url`",
    )
    category: CategoryRef = Field(default="", description="the class of its events, `scheme@version/code`")
    categories: dict[str, CategoryRef] = Field(
        default_factory=dict, max_length=500, description="the class by its own `kind`, before `category`"
    )
    datum: Literal["WGS-84", "GCJ-02"] = Field(default="WGS-84", description="of its coordinates")
    utc_offset_h: float = Field(
        default=8.0, ge=-12, le=14, description="of its times where they name no zone, and of those we show"
    )
    same_within_s: float = Field(
        default=600.0, ge=0, le=86_400, description="events of one class, place and plate within it are one"
    )
    same_within_m: float = Field(default=50.0, ge=0, le=2_000, description="so near is the same place")
    pictures_from: tuple[AddressRange, ...] = Field(
        default=(), description="networks from which its pictures may be fetched; without it none is"
    )
    certificate: str = Field(
        default="",
        pattern=r"^([0-9a-f]{64})?$",
        description="SHA-256 of its client certificate (DER), as a trusted proxy names it; empty: none",
    )
    silent_after_s: float = Field(
        default=3_600.0, gt=0, le=30 * 86_400, description="without an event for so long it is silent"
    )
    most_waiting: int = Field(
        default=10_000, ge=1, le=1_000_000, description="events that wait for their draft; then 429"
    )

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        unknown = sorted(set(self.fields) - FIELDS)
        if unknown:
            raise ValueError(f"fields: not among {', '.join(sorted(FIELDS))}: {', '.join(unknown)}")
        return self

    def category_of(self, kind: str) -> str:
        """The class of an event of this kind; empty where none is set."""
        return self.categories.get(kind, self.category)
