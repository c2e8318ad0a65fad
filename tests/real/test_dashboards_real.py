"""A real Prometheus scrapes the service for an hour of calls: rules and dashboards are evaluated, and drawn.

SONGHUA_SCRAPE_S=300 makes it shorter. The pictures are left in .songhua/reports/dashboards.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator

import pytest

from tests.gateway.dashboard_pictures import drawn, over_http, read
from tests.gateway.dashboards import dashboards
from tests.peers.checkout import HOME
from tests.peers.prometheus import PrometheusPeer
from tests.real.faults.city import City
from tests.real.faults.traffic import Traffic
from tests.waiting import wait_for

SCRAPE_S = float(os.environ.get("SONGHUA_SCRAPE_S", "3600"))
PICTURES = HOME / "reports" / "dashboards"
MUST_MOVE = {"calls": "Calls now", "records": "Free space", "machine": "Roles that answer"}

pytestmark = [
    pytest.mark.real,
    pytest.mark.own_process,
    pytest.mark.timeout(SCRAPE_S + 900),
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="scripts/setup --only prometheus"),
]


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City(tmp_path_factory.mktemp("city")) as city:
        yield city


@pytest.mark.soak(
    rule="a real Prometheus scrapes an hour of calls; alerts and dashboards have answers, and are drawn",
    short=[
        "tests/gateway/test_dashboards.py::test_its_queries_ask_for_figures_that_there_are",
        "tests/gateway/test_alerts.py::test_an_alert_asks_for_figures_that_there_are_and_says_what_to_do",
    ],
)
def test_dashboards_and_alerts_of_an_hour_of_calls(city: City) -> None:
    centre = city.service.address.partition("//")[2]
    peer = PrometheusPeer(city.folder / "prometheus", {"centre": centre})
    peer.start()
    try:
        wait_for(lambda: peer.scraped() == {"centre": "up"}, "Prometheus that has scraped", within=60)
        began = time.time()
        with Traffic(city):
            time.sleep(SCRAPE_S)
        wrong = {
            name: rule["lastError"]
            for name, rule in peer.rules().items()
            if rule["health"] not in {"ok", "unknown"}
        }
        assert wrong == {}
        assert [name for name, rule in peer.rules().items() if rule["health"] == "unknown"] == []
        PICTURES.mkdir(parents=True, exist_ok=True)
        end = time.time()
        for one in dashboards():
            panels = read(one, over_http(peer.address), began, end)
            title = MUST_MOVE.get(one.name)
            if title is not None:
                (index,) = [at for at, panel in enumerate(one.panels) if panel.title.startswith(title)]
                assert panels[index], title
            picture = drawn(one, panels, began, end)
            (PICTURES / f"dashboard-{one.name}.svg").write_text(picture, encoding="utf-8")
    finally:
        peer.close()
