"""The base of what the hotline shows: a picture of the present that nobody changes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class HotlineView(BaseModel):
    model_config = ConfigDict(frozen=True)
