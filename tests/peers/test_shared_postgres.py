"""All processes of a run share one PostgreSQL: started once, stopped when nobody uses it any more."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.peers import shared_postgres
from tests.peers.shared_postgres import SharedPostgres
from tests.waiting import wait_for


class SimulatedCluster:
    """Stands for `PostgresPeer`; `running` are the addresses of those that were started and not closed."""

    running: list[str]
    made = 0

    def __init__(self, *, connections: int) -> None:
        assert connections > 100
        type(self).made += 1
        self.url = f"postgresql+asyncpg://127.0.0.1/{self.made}"

    def start(self) -> None:
        time.sleep(0.05)
        self.running.append(self.url)

    def close(self) -> None:
        self.running.remove(self.url)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(SimulatedCluster, "running", [], raising=False)
    monkeypatch.setattr(shared_postgres, "PostgresPeer", SimulatedCluster)
    return SimulatedCluster.running


def test_many_that_come_at_once_get_the_same(tmp_path: Path, running: list[str]) -> None:
    processes = [SharedPostgres(tmp_path) for _ in range(4)]
    found: list[str] = []
    joining = [threading.Thread(target=lambda one=one: found.append(one.join())) for one in processes]
    for thread in joining:
        thread.start()
    for thread in joining:
        thread.join()
    assert found == running * 4
    assert len(running) == 1
    leaving = [threading.Thread(target=one.leave) for one in processes]
    for thread in leaving:
        thread.start()
    for thread in leaving:
        thread.join()
    assert running == []


def test_who_started_it_waits_for_the_others_and_whoever_comes_meanwhile_still_gets_it(
    tmp_path: Path, running: list[str]
) -> None:
    first, second, late = (SharedPostgres(tmp_path) for _ in range(3))
    url = first.join()
    assert second.join() == url
    ending = threading.Thread(target=first.leave)
    ending.start()
    assert late.join() == url
    second.leave()
    assert running == [url]
    late.leave()
    ending.join()
    assert running == []


def test_who_comes_after_the_end_starts_another(tmp_path: Path, running: list[str]) -> None:
    first, second = SharedPostgres(tmp_path), SharedPostgres(tmp_path)
    url = first.join()
    first.leave()
    assert second.join() != url
    assert len(running) == 1
    second.leave()
    wait_for(lambda: not running, "end")
