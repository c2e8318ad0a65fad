"""Databases with this version's schema and people in them: each is made once, by the product, and copied from
then on. All processes that run tests share them.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from argon2 import PasswordHasher

from core.storage import Storage, StorageSettings, create_engine
from identity.model import User
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.program import PeerFailed

CACHE = HOME / "cache" / "databases"
SOURCES = ("core/storage", "gateway/database.py", "gateway/tables.py", "identity", "migrations")
"""What the schema and the rows of people are made by: another text of theirs makes the databases anew."""
KEPT_S = 7 * 86_400.0

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""A hash says what it costs to try a password on it. The product's cost a tenth of a second of a core at each
sign-in; how it hashes is tested in `tests/identity`.
"""

Account = tuple[User, str]
"""Somebody and the password."""


def with_people(accounts: Sequence[Account]) -> Path:
    """The file of a SQLite database with schema and people, to be copied."""
    folder = CACHE / _sources()
    made = hashlib.blake2b(repr([_told(one) for one in accounts]).encode(), digest_size=10).hexdigest()
    file = folder / f"{made}.db"
    if not file.exists():
        with _alone(folder):
            if not file.exists():
                _make(file, accounts)
    return file


def upgrade(url: str) -> None:
    """What `songhua db upgrade` does, by the command itself: it imports the tables of every room."""
    # The database is for every test: settings in the environment are of the one that asks first.
    others = {name: value for name, value in os.environ.items() if not name.startswith("SONGHUA__")}
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "db", "upgrade", "--config", os.devnull],
        cwd=CHECKOUT, env={**others, "SONGHUA__STORAGE__URL": url}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise PeerFailed(f"songhua db upgrade ended with {done.returncode}\n{done.stdout}{done.stderr}")


def add_people(url: str, accounts: Sequence[Account]) -> None:
    """What `songhua user import` does. In a thread, because a test may have an event loop of its own."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(_add(url, accounts))
        except BaseException as error:  # noqa: BLE001  # handed to the caller's thread
            failed.append(error)

    thread = threading.Thread(target=work, name="add-people")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


async def _add(url: str, accounts: Sequence[Account]) -> None:
    storage = Storage(create_engine(StorageSettings(url=url)))
    try:
        identity = IdentityService(storage, IdentitySettings(), hasher=CHEAP)
        for user, password in accounts:
            await identity.create_user(user, password)
    finally:
        await storage.close()


def _make(file: Path, accounts: Sequence[Account]) -> None:
    partial = file.with_suffix(".partial")
    for left in file.parent.glob(f"{partial.name}*"):
        left.unlink()
    schema = file.with_name("schema.db")
    if not schema.exists():
        _forget_old()
        upgrade(f"sqlite+aiosqlite:///{partial}")
        partial.replace(schema)
    shutil.copyfile(schema, partial)
    add_people(f"sqlite+aiosqlite:///{partial}", accounts)
    if partial.with_name(partial.name + "-wal").exists():
        raise PeerFailed(f"{partial} was not closed: a copy of the file alone would lack rows")
    partial.replace(file)


def _told(account: Account) -> tuple[object, ...]:
    user, password = account
    skills = sorted(user.skills.items())
    limits = sorted(user.scopes.as_lists().items())
    return (
        user.id, user.name, sorted(user.roles), user.language, user.endpoint, user.active, skills, limits,
        password,
    )  # fmt: skip


def _sources() -> str:
    seen = hashlib.blake2b(digest_size=10)
    for name in SOURCES:
        place = CHECKOUT / name
        for file in [place] if place.is_file() else sorted(place.rglob("*.py")):
            seen.update(str(file.relative_to(CHECKOUT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return seen.hexdigest()


def _forget_old() -> None:
    """Databases of other versions that were made more than a week ago."""
    for folder in CACHE.iterdir():
        if folder.stat().st_mtime < time.time() - KEPT_S:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time makes databases."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
