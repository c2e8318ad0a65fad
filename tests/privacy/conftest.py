"""The ledger's world, on each kind of database."""

from tests.cdr.conftest import any_world, world

__all__ = ["any_world", "world"]
