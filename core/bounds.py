"""Bounds of request values that every database can store."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

MOST_INTEGER: Final = 2**31 - 1
"""The largest number of an INTEGER column in PostgreSQL."""

Count = Annotated[int, Field(ge=0, le=MOST_INTEGER)]
"""A number that counts: of a version, a revision, a place in a line."""
