"""A recording is erased when no file of it is left; what cannot be deleted or encrypted is tried again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdr.recordings.erasing import SoundEraser
from cdr.recordings.vault.worker import EncryptionWorker
from core.metrics import REGISTRY
from tests.cdr.test_recordings import kept
from tests.cdr.test_vault import Vault, vault

__all__ = ["vault"]


@contextlib.contextmanager
def stuck(file: Path) -> Iterator[None]:
    """Nobody, root neither, can delete or read it as a file: a folder stands in its place."""
    aside = file.with_name(f"{file.name}.aside")
    file.rename(aside)
    (file / "x").mkdir(parents=True)
    yield
    (file / "x").rmdir()
    file.rmdir()
    aside.rename(file)


async def states(vault: Vault) -> set[str]:
    return {row.state for row in await kept(vault.world)}


async def test_what_cannot_be_deleted_is_not_called_erased_and_is_tried_again(vault: Vault) -> None:
    world = vault.world
    row = (await kept(world))[0]
    eraser = SoundEraser(world.storage, world.recordings)
    with stuck(world.recordings / row.path):
        await world.ledger.erase(row.call_id, by="sun", reason="request")
        assert await states(vault) == {"erasing", "erased"}
        why = await eraser.finish()
        assert "ReadWritePaths" in why
        assert eraser.trouble == why
        assert REGISTRY.get_sample_value("songhua_cdr_recordings_erasing") == 1
    assert await eraser.finish() == ""
    assert await states(vault) == {"erased"}
    assert eraser.trouble == ""
    assert REGISTRY.get_sample_value("songhua_cdr_recordings_erasing") == 0
    assert not list(world.recordings.rglob("*.alaw*"))
    # It is over once: a second order finds nothing to do.
    assert await world.ledger.erase(row.call_id, by="sun", reason="again") == 0


async def test_what_is_given_up_is_neither_settled_nor_encrypted_again(vault: Vault) -> None:
    world = vault.world
    row = (await kept(world))[0]
    with stuck(world.recordings / row.path):
        await world.ledger.erase(row.call_id, by="sun", reason="request")
        await world.watcher.sweep()
        await vault.worker.encrypt_once()
        assert await states(vault) == {"erasing", "erased"}


async def test_what_a_crash_left_of_an_erased_recording_is_cleared_away(vault: Vault) -> None:
    world = vault.world
    row = (await kept(world))[0]
    await world.ledger.erase(row.call_id, by="sun", reason="request")
    left = world.recordings / f"{row.path}.0123abcd.enc"
    left.write_bytes(b"x")
    assert await vault.worker.tidy() == 1
    assert not left.exists()


async def test_sound_that_cannot_be_encrypted_is_counted_and_said(vault: Vault) -> None:
    world = vault.world
    row = (await kept(world))[0]
    worker = EncryptionWorker(world.storage, world.recordings, "songhua", vault.key)
    with stuck(world.recordings / row.path):
        await worker.encrypt_once()
        assert "1 recordings wait to be encrypted" in worker.trouble
        assert str(world.recordings) in worker.trouble
        assert "ReadWritePaths" in worker.trouble
        assert REGISTRY.get_sample_value("songhua_cdr_recordings_plain") == 1
        # While it waits for its next try, it is still said.
        await worker.encrypt_once()
        assert worker.trouble
    worker._refused.clear()
    await worker.encrypt_once()
    assert worker.trouble == ""
    assert REGISTRY.get_sample_value("songhua_cdr_recordings_plain") == 0


@pytest.fixture(autouse=True)
async def _no_row_waits(vault: Vault) -> None:
    assert await states(vault) == {"complete"}


async def test_the_sound_of_another_switch_is_left_to_its_own_machine(vault: Vault) -> None:
    world = vault.world
    row = (await kept(world))[0]
    world.storage.switch = "another"
    await world.ledger.erase(row.call_id, by="sun", reason="request")
    assert "erasing" in await states(vault)
    assert list(world.recordings.rglob("*.alaw*"))
    world.storage.switch = row.system_name
    assert await SoundEraser(world.storage, world.recordings).finish() == ""
    assert await states(vault) == {"erased"}
    assert not list(world.recordings.rglob("*.alaw*"))
