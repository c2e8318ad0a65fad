"""Every table of every room, on one metadata: for migrations and for tests of the whole."""

from __future__ import annotations

from core.storage.schema import metadata

__all__ = ["metadata"]
