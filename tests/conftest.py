"""Fixtures that any test may use: a storage on SQLite, and one on each kind of database."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from core.storage import Storage
from tests import shared_adapters
from tests.peers import preloaded
from tests.peers.fixtures import postgres_url
from tests.storage import PostgresLedger, empty_sqlite, new_database
from tests.suite.order import longest_first

__all__ = ["any_storage", "postgres_database", "postgres_ledger", "postgres_url", "storage"]

# Workers of pytest-xdist get their terminal's width handed down; a console made at import would keep it.
os.environ.pop("COLUMNS", None)

# Processes that tests start use and keep compiled modules: to compile all anew costs each of them seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("PYTHONPYCACHEPREFIX", str(Path(__file__).parent.parent / ".songhua" / "pycache"))

# As the program does (`gateway`), before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Services that tests start are forked: to import all anew costs each of them seconds.
preloaded.use()

shared_adapters.share()

# Property tests take their budget from here. With `repeatable`, in scripts/test, each run tries the same
# inputs: a change decides whether it passes, and not chance. `quick`, by hand, and `thorough`, in
# scripts/soak, draw new ones; what fails once there is kept under .songhua/ and tried first in later runs.
settings.register_profile(
    "quick",
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    database=DirectoryBasedExampleDatabase(Path(__file__).parent.parent / ".songhua" / "examples"),
)
settings.register_profile("repeatable", settings.get_profile("quick"), derandomize=True, database=None)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=300, phases=tuple(Phase))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_finish() -> None:
    """What the imports left stays for the whole run: the collector need not walk through it each time."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first. What is marked `soak` runs only where it is asked for: `-m soak`."""
    items[:] = longest_first(items)
    if "soak" in (config.option.markexpr or ""):
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("soak")]


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    """An empty ledger on SQLite, with the tables of every room that the test imported."""
    opened = empty_sqlite(tmp_path / "ledger.db")
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_database(postgres_url: str) -> str:
    """A database of its own in the shared cluster, for tests that bring the schema themselves."""
    return await new_database(postgres_url)


@pytest.fixture(scope="session")
def postgres_ledger(postgres_url: str) -> PostgresLedger:
    """The ledger on PostgreSQL that the tests of this process use one after the other."""
    return PostgresLedger(postgres_url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.real, pytest.mark.database])])
async def any_storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """The same, once on SQLite and once on a private PostgreSQL: for the tests of stores."""
    if request.param == "sqlite":
        opened = empty_sqlite(tmp_path / "ledger.db")
    else:
        ledger: PostgresLedger = request.getfixturevalue("postgres_ledger")
        opened = await ledger.emptied()
    yield opened
    await opened.close()
