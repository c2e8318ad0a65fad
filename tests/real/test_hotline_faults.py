"""Each part of a call centre breaks under steady traffic: no caller without a person, no record lost or
doubled, the state soon right again, memory flat. Each test writes its row of docs/reliability.md.

What `test_service_faults.py` and `test_service_outages.py` break as well, only `scripts/soak` and
`scripts/faults` break here. The ledger is in PostgreSQL.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from tests.real.faults.city import City
from tests.real.faults.lengths import AMI_CUTS, CUT_EVERY_S, KILLS, OUTAGE_S, STALL_S
from tests.real.faults.traffic import Traffic
from tests.real.faults.verdict import Watch
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(3600)]

BACK_WITHIN_S = 30.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City(tmp_path_factory.mktemp("city"), postgres=True) as city:
        yield city


@pytest.fixture
def city(shared: City) -> City:
    shared.calm()
    return shared


@pytest.mark.alone
@pytest.mark.soak(
    rule="the gateway killed under a stream of calls: nobody and no record is lost",
    short="tests/real/test_service_faults.py::test_gateway_killed_and_started_again_in_a_call",
)
def test_gateway_killed_again_and_again(city: City) -> None:
    watch = Watch(city, "gateway killed (kill -9)", f"{KILLS} times under calls, up to 3 s after it was back")
    chance = random.Random(112)
    with Traffic(city):
        time.sleep(3)
        for _ in range(KILLS):
            city.kill_gateway()
            wait_for(lambda: not city.answers(), "end of the gateway")
            watch.right(city.wait_linked(BACK_WITHIN_S))
            time.sleep(chance.uniform(0.2, 3))
    watch.close()


@pytest.mark.alone
@pytest.mark.soak(
    rule="the AMI link cut under a stream of calls: nobody and no record is lost",
    short="tests/real/test_service_faults.py::test_ami_link_cut_every_five_seconds_under_calls",
)
def test_ami_cut_every_five_seconds(city: City) -> None:
    watch = Watch(city, "AMI link cut", f"every {CUT_EVERY_S:.0f} s, {AMI_CUTS} times")
    with Traffic(city):
        for _ in range(AMI_CUTS):
            began, connections = time.monotonic(), len(city.link.opened)
            city.link.cut()
            city.link.wait_opened(connections, 5)
            watch.right(city.link.opened[-1])
            time.sleep(max(0.0, CUT_EVERY_S - (time.monotonic() - began)))
    watch.close()


def test_ami_reader_so_slow_that_asterisk_closes_it(city: City) -> None:
    watch = Watch(
        city, "AMI not read until Asterisk closes the session", f"stalled for {STALL_S:.0f} s under calls"
    )
    with Traffic(city, rate=3):
        time.sleep(2)
        connections = len(city.link.opened)
        city.link.stall()
        stalled = time.monotonic()
        wait_for(lambda: "0 users" in ami_users(city), "session closed by the switch", STALL_S + 40)
        time.sleep(max(0.0, stalled + STALL_S - time.monotonic()))
        city.link.flow()
        city.link.wait_opened(connections, BACK_WITHIN_S)
        watch.right(city.wait_linked(BACK_WITHIN_S))
    watch.close()


@pytest.mark.alone
@pytest.mark.soak(
    rule="the broker away under a stream of calls: nobody and no record is lost",
    short="tests/real/test_service_outages.py::test_broker_stopped",
)
def test_broker_stopped(city: City) -> None:
    watch = Watch(city, "broker stopped", f"for {OUTAGE_S:.0f} s")
    with Traffic(city):
        time.sleep(2)
        city.broker.kill()
        time.sleep(OUTAGE_S / 2)
        watch.right(time.monotonic())
        time.sleep(OUTAGE_S / 2)
        city.broker.start()
        watch.right(time.monotonic())
        wait_for(lambda: city.part("mqtt") == "up", "link to the broker")
    watch.close()


@pytest.mark.parametrize(
    "how",
    [
        "restarted",
        pytest.param(
            "killed",
            marks=[
                pytest.mark.alone,
                pytest.mark.soak(
                    rule="Asterisk killed under a stream of calls: no record is lost",
                    short="tests/real/test_service_faults.py::test_asterisk_killed_and_restarted_in_a_call",
                ),
            ],
        ),
    ],
)
def test_asterisk_gone(city: City, how: str) -> None:
    watch = Watch(city, f"Asterisk {how}", "once under calls; what was on the line ends with it")
    with Traffic(city, talk_s=16):
        wait_for(lambda: watch.callers() >= 3, "callers on the line")
        if how == "killed":
            city.switch.kill()
        else:
            city.switch.stop()
        before = city.cel.now()
        city.switch.restart()
        back = time.monotonic()
        watch.right(max(back, city.wait_linked(BACK_WITHIN_S)))
        since = watch.callers()
        wait_for(lambda: watch.callers() >= since + 4, "callers on the new line", 30)
    # Whoever came before it was gone has been put through or cut off.
    watch.close(cut=before.callers, settle_s=30)


def test_database_stopped(city: City) -> None:
    assert city.database is not None
    watch = Watch(city, "database stopped (PostgreSQL)", f"for {OUTAGE_S:.0f} s under calls")
    with Traffic(city):
        time.sleep(3)
        city.database.stop()
        wait_for(lambda: city.part("storage") != "up", "word that the database is away", 30)
        time.sleep(OUTAGE_S / 2)
        watch.right(time.monotonic())
        time.sleep(OUTAGE_S / 2)
        city.database.resume()
        watch.right(time.monotonic())
        wait_for(lambda: city.part("storage") == "up", "link to the database", 30)
    watch.close(settle_s=30)


def ami_users(city: City) -> str:
    return city.switch.rx("manager show connected").strip().splitlines()[-1]
