"""Fixtures of the ledger's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.storage import Storage
from tests.cdr.world import World


@pytest.fixture
def world(storage: Storage, tmp_path: Path) -> World:
    """The ledger on SQLite."""
    folder = tmp_path / "world"
    folder.mkdir()
    return World(storage, folder)


@pytest.fixture
def any_world(any_storage: Storage, tmp_path: Path) -> World:
    """The ledger, once on SQLite and once on PostgreSQL."""
    folder = tmp_path / "world"
    folder.mkdir()
    return World(any_storage, folder)
