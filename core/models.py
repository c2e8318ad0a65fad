"""Base classes of models that are not changed after they were made."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Ignores fields that it does not know: what comes from outside or from a later version."""

    model_config = ConfigDict(frozen=True)


class Strict(BaseModel):
    """Refuses fields that it does not know: what people write, settings above all."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StrictSettings(Strict):
    """Settings that may hold a secret: an error does not repeat what was given."""

    model_config = ConfigDict(hide_input_in_errors=True)
