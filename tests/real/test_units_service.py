"""Units through the whole service: enrolled and revoked at the command line, seen on desks by those who
may, put on a group for an incident that goes with its case.
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.program import Program
from tests.real.field_case import a_case
from tests.real.service import WholeService
from tests.speech.fakes import OBEDIENT
from tests.waiting import wait_for

pytestmark = pytest.mark.real
UID = "app:17"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    folder = tmp_path_factory.mktemp("units")
    # Nobody's words count here.
    speech = {"engine": OBEDIENT, "model": str(folder)}
    with WholeService(folder, agents=1, overrides={"speech": speech}) as made:
        yield made


@pytest.fixture(scope="module")
def password(world: WholeService) -> str:
    """Of a unit with a location app, enrolled by an operator while the service runs."""
    told = json.loads(
        world.service.run("unit", "enrol", UID, "--name", "道里一组", "--device", "phone", "--json")
    )
    assert told["unit_id"] == UID
    given: str = told["password"]
    return given


def say(world: WholeService, password: str, topic: str, body: dict[str, Any]) -> int:
    """Publish as the unit, by a client of others; its exit code."""
    words = ["mosquitto_pub", "-V", "5", "-p", str(world.broker.port), "-u", UID, "-P", password, "-q", "1"]
    done = subprocess.run(
        [*words, "-i", f"pub-{uuid.uuid4().hex[:8]}", "-t", topic, "-m", json.dumps(body)],
        capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    return done.returncode


def test_where_a_crew_is_reaches_dispatchers_and_nobody_else(world: WholeService, password: str) -> None:
    commander, agent = world.screen(), world.screen(world.seats[0])
    try:
        body = {"_type": "location", "lat": 45.77, "lon": 126.62, "acc": 7, "tst": int(time.time())}
        assert say(world, password, f"owntracks/{UID}/phone", body) == 0
        commander.wait(lambda: commander.of("field.units_moved"), "the crew's place", 30)
        (place,) = commander.of("field.units_moved")[0].event["places"]
        assert (place["unit_id"], place["lat"], place["source"]) == (UID, 45.77, "owntracks/phone")
        agent.wait(lambda: agent.of("field.unit_changed", unit_id=UID, online=True), "the unit", 30)
        assert not agent.of("field.units_moved")
        assert "places" not in agent.snapshots[-1]
    finally:
        commander.close()
        agent.close()
    (listed,) = world.supervisor.get("/api/units/places")["places"]
    assert listed["age_s"] < 60
    shown = json.loads(world.service.run("unit", "show", UID, "--json"))
    assert shown["heard_by"] == "owntracks"
    assert shown["place"]["source"] == "owntracks/phone"


def test_a_terminal_fetches_its_password_by_a_code_once(world: WholeService) -> None:
    """The code is made by an operator while the service runs, and brought by whoever scanned it."""
    other = "app:19"
    made = json.loads(
        world.service.run("unit", "enrol", other, "--qr", "--page", "https://centre.example", "--json")
    )
    page, _, code = made["link"].partition("#enrol=")
    assert page == "https://centre.example/unit/"
    status, issued = bring(world, code)
    assert (status, issued["unit_id"]) == (200, other)
    topic = f"v1/harbin/unit/{other}/up/location"
    with_password = ["mosquitto_pub", "-V", "5", "-p", str(world.broker.port), "-u", other, "-q", "1"]
    for password, wanted in ((issued["password"], True), ("another-word", False)):
        done = subprocess.run(
            [*with_password, "-P", password, "-i", f"pub-{uuid.uuid4().hex[:8]}", "-t", topic, "-m", "{}"],
            capture_output=True, timeout=30, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is wanted
    assert bring(world, code)[0] == 404


def bring(world: WholeService, code: str) -> tuple[int, dict[str, Any]]:
    """Bring an enrolment code without any session; status and answer."""
    body = json.dumps({"op_id": str(uuid.uuid4()), "code": code}).encode()
    request = urllib.request.Request(
        f"{world.service.address}/api/unit/enrolment",
        method="POST",
        data=body,
        headers={"X-Songhua": "1", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_group_for_an_incident_goes_with_its_case_and_the_crew_is_told(
    world: WholeService, password: str, tmp_path: Path
) -> None:
    seat = world.seats[0]
    world.ready(seat)
    citizen = world.dial(seconds=60)
    case = a_case(world, world.talking(citizen))
    log = tmp_path / "groups.log"
    listener = Program(
        [
            "mosquitto_sub", "-V", "5", "-p", str(world.broker.port), "-u", UID, "-P", password,
            "-i", "listener", "-t", f"v1/harbin/unit/{UID}/down/groups", "-q", "1",
        ],
        log=log,
    )  # fmt: skip

    def told() -> list[list[str]]:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("{")]
        return [[group["tg_id"] for group in json.loads(line)["groups"]] for line in lines]

    try:
        said = {"msg_id": str(uuid.uuid4()), "seq": 1, "ts": "2026-01-01T00:00:00Z", "groups": []}
        wait_for(
            lambda: (
                say(world, password, f"v1/harbin/unit/{UID}/up/affiliate", {**said, "seq": int(time.time())})
                == 0
                and bool(told())
            ),
            "the first list of groups",
            30,
        )
        assert told()[-1] == []
        body = {
            "op_id": str(uuid.uuid4()), "case_id": case, "name_zh": "塌陷", "name_en": "Collapse",
            "units": [UID],
        }  # fmt: skip
        made = world.supervisor.post("/api/talkgroups/incident", body)
        assert world.supervisor.post("/api/talkgroups/incident", body)["tg_id"] == made["tg_id"]
        wait_for(lambda: told()[-1] == [made["tg_id"]], "the incident's group at the terminal", 30)
        world.supervisor.post(f"/api/cases/{case}/cancel", {"op_id": str(uuid.uuid4()), "note": "误报"})
        wait_for(lambda: told()[-1] == [], "the end of the incident's group", 30)
        assert world.supervisor.get("/api/talkgroups") == {"talkgroups": []}
    finally:
        listener.stop(5)


def test_a_unit_that_an_operator_revokes_is_cut_while_the_service_runs(
    world: WholeService, password: str, tmp_path: Path
) -> None:
    log = tmp_path / "cut.log"
    listener = Program(
        [
            "mosquitto_sub", "-V", "5", "-p", str(world.broker.port), "-u", UID, "-P", password,
            "-i", "stolen", "-t", f"v1/harbin/unit/{UID}/down/#", "-q", "1",
        ],
        log=log,
    )  # fmt: skip
    try:
        wait_for(lambda: " as stolen " in world.broker.log(), "the terminal's connection", 30)
        assert "Client stolen" not in world.broker.log()
        row = json.loads(world.service.run("unit", "revoke", UID, "--json"))
        assert row["revoked_at"]
        wait_for(lambda: "Client stolen" in world.broker.log(), "the cut", 30)
        assert say(world, password, f"owntracks/{UID}/phone", {}) != 0
        assert world.supervisor.get(f"/api/units/{UID}")["online"] is False
    finally:
        listener.stop(5)
    # The role centre kept its own session at the broker: enrolment over HTTP goes on.
    issued = world.supervisor.post(f"/api/units/{UID}/enrol", {"op_id": str(uuid.uuid4())})
    assert say(world, issued["password"], f"v1/harbin/unit/{UID}/up/hello", {}) == 0
