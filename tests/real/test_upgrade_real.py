"""A centre of schema 0016 in the middle of its work goes on with this version: settings, database, what waits
in the outbox and at the broker, a crew whose terminal is the old program, scripts with old names.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from typer.testing import CliRunner

from gateway.cli import build
from gateway.unit_cli import TerminalStore
from tests.peers.songhua import Visitor
from tests.real.field_case import step_of
from tests.real.service import SUPERVISOR
from tests.real.upgraded import GROUP, OTHER, UID, FormerTerminal, UpgradedService
from tests.storage import new_database
from tests.upgrades.installation import Installation
from tests.waiting import wait_for

STEPS = ("accepted", "on_the_way", "arrived", "done")
pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


def op(**fields: Any) -> dict[str, Any]:
    return {"op_id": str(uuid.uuid4()), **fields}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def centre(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UpgradedService]:
    address = None
    if request.param == "postgresql":
        address = asyncio.run(new_database(request.getfixturevalue("postgres_url")))
    folder = tmp_path_factory.mktemp(request.param)
    with UpgradedService(folder, Installation(request.param), address) as made:
        yield made


@pytest.fixture(scope="module")
def terminal(centre: UpgradedService) -> Iterator[FormerTerminal]:
    """The crew switches its terminal on again."""
    made = centre.former_terminal()
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def agent(centre: UpgradedService) -> Visitor:
    return centre.service.sign_in(centre.person("agent"))


def steps(centre: UpgradedService, name: str) -> list[str]:
    """What the history of a case says of its dispatch, oldest first."""
    history = centre.supervisor.get(f"/api/cases/{centre.facts['cases'][name]}/history")["history"]
    order = centre.facts["orders"][name]
    return [one["act"] for one in history if one["dispatch_id"] == order]


def step(centre: UpgradedService, name: str) -> str:
    return step_of(centre, centre.facts["cases"][name], centre.facts["orders"][name])


def test_the_old_schema_is_refused_with_the_command_that_helps(centre: UpgradedService) -> None:
    assert "run songhua db upgrade" in centre.refusal


def test_settings_at_their_old_place_count_and_are_named(centre: UpgradedService) -> None:
    told = json.loads(centre.service.run("config", "check", "--json"))
    assert told["ok"]
    assert told["moved"] == [
        f"radio.{key} is field.{key} now: move it to [field]"
        for key in ("escalation", "photos", "texts_kept_days")
    ]
    shown = json.loads(centre.service.run("config", "show"))
    assert shown["field"]["photos"] == f"{centre.folder}/photos"
    assert (shown["field"]["texts_kept_days"], shown["field"]["escalation"]["calls"]) == (90, 2)


def test_the_ledger_still_proves_what_was_signed_before(centre: UpgradedService) -> None:
    report = json.loads(centre.service.run("audit", "verify", "--files", "--json"))
    assert report["records"] > 20
    assert report["findings"] == []
    record = centre.record(centre.facts["call"])
    assert record["call"]["call_id"] == centre.facts["call"]
    assert centre.facts["caller"] in json.dumps(record)


def test_what_the_broker_held_for_the_centre_arrives_once(centre: UpgradedService) -> None:
    wait_for(lambda: step(centre, "open") == "accepted", "the crew's word from before the upgrade", 30)
    assert steps(centre, "open").count("accepted") == 1


def test_what_waited_in_the_outbox_reaches_the_crew(
    centre: UpgradedService, terminal: FormerTerminal
) -> None:
    waiting = centre.facts["orders"]["waiting"]
    wait_for(
        lambda: waiting in [one["dispatch_id"] for one in terminal.told("job")], "the job at the terminal", 40
    )
    wait_for(lambda: step(centre, "waiting") == "displayed", "the terminal's answer at the centre", 30)
    groups = centre.supervisor.get("/api/talkgroups")["talkgroups"]
    assert {one["tg_id"] for one in groups} == {GROUP, "app:nangang"}


def test_the_old_terminal_finishes_jobs_from_before_and_after(
    centre: UpgradedService, terminal: FormerTerminal
) -> None:
    cases, orders = centre.facts["cases"], centre.facts["orders"]

    def work(case: str, order: str, *left: str) -> None:
        for one in left:
            terminal.report(order, one)
        wait_for(lambda: step_of(centre, case, order) == "done", "the work's end", 30)

    work(cases["open"], orders["open"], *STEPS[1:])
    work(cases["waiting"], orders["waiting"], *STEPS)
    centre.supervisor.post(f"/api/cases/{cases['open']}/reopen", op(note="井盖又丢了"))
    again = centre.supervisor.post(f"/api/cases/{cases['open']}/dispatch", op(unit_id=UID))["dispatch_id"]
    wait_for(lambda: again in [one["dispatch_id"] for one in terminal.told("job")], "the new job", 30)
    work(cases["open"], again, *STEPS)
    for name in ("open", "waiting"):
        for act in ("verify", "close"):
            centre.supervisor.post(
                f"/api/cases/{cases[name]}/{act}", op(note="现场确认", condition="restored")
            )
    for case in cases.values():
        assert centre.supervisor.get(f"/api/cases/{case}")["state"] == "closed"


def test_the_new_terminal_takes_over_the_store_of_the_old_one(
    centre: UpgradedService, tmp_path: Path
) -> None:
    centre.installation.put_terminal(tmp_path / "unit.db")
    store = TerminalStore(tmp_path / "unit.db")
    try:
        steps_of = {str(job.dispatch_id): str(job.step) for job in store.jobs()}
    finally:
        store.close()
    orders = centre.facts["orders"]
    assert steps_of == {orders["closed"]: "done", orders["open"]: "accepted"}


def test_texts_from_before_are_there_and_the_waiting_one_is_delivered(centre: UpgradedService) -> None:
    def texts() -> dict[str, Any]:
        found = centre.supervisor.get(f"/api/units/{UID}/texts")["texts"]
        return {one["text_id"]: one for one in found}

    wait_for(
        lambda: texts()[centre.facts["texts"]["waiting"]]["state"] != "queued", "the text on its way", 30
    )
    assert centre.facts["texts"]["sent"] in texts()
    assert "已到路口" in [one["text"] for one in texts().values()]


def test_an_alarm_from_before_is_cleared(centre: UpgradedService) -> None:
    (alarm,) = centre.supervisor.get("/api/emergencies")["emergencies"]
    assert (alarm["alarm_id"], alarm["state"]) == (centre.facts["alarms"]["waiting"], "acknowledged")
    assert alarm["unit_id"] == OTHER
    centre.supervisor.post(f"/api/emergencies/{alarm['alarm_id']}/clear", op(note="已处理"))
    assert centre.supervisor.get("/api/emergencies")["emergencies"] == []


def test_a_draft_with_the_old_field_goes_on_by_the_old_path(centre: UpgradedService, agent: Visitor) -> None:
    before = centre.facts["draft"]
    draft = agent.get(f"/api/drafts/{before['draft_id']}")
    assert [one["category"] for one in draft["additional_problems"]] == [
        one["category"] for one in before["further"]
    ]
    for name, value in before["fields"].items():
        assert draft["fields"][name]["value"] == value["value"], name
    category = before["further"][0]["category"]
    opened = agent.post(f"/api/drafts/{before['draft_id']}/further", op(category=category))
    assert opened["fields"]["category"]["value"] == category
    case = agent.post(f"/api/drafts/{before['draft_id']}/confirm", op())
    assert centre.supervisor.get(f"/api/cases/{case['case_id']}")["state"] == "filed"


def test_old_paths_and_commands_answer(centre: UpgradedService) -> None:
    when = urlencode({"seconds": 3600, "until": centre.installation.recorded_at.isoformat()})
    paths = ("recall/talks", "playback/transmissions")
    former, now = (centre.supervisor.get(f"/api/talkgroups/{GROUP}/{path}?{when}") for path in paths)
    assert former["talks"] == now["talks"] != []
    (talk,) = former["talks"]
    assert talk["party"] == UID
    for words in (("tg", "talks"), ("tg", "recall")):
        environment = {"SONGHUA_PASSWORD": SUPERVISOR.password}
        told = centre.service.run(*words, GROUP, "--user", SUPERVISOR.id, "--json", env=environment)
        assert "talks" in json.loads(told)
        listed = CliRunner().invoke(build(("tg",)), ["tg", "--help"]).stdout
        assert f"│ {words[1]} " not in listed
    former_sound, sound = (
        centre.sound(f"/api/talkgroups/{GROUP}/{path}?{when}") for path in ("recall", "playback")
    )
    assert former_sound == sound
    assert sound.startswith(b"RIFF")


def test_the_next_caller_talks_with_the_agent(centre: UpgradedService) -> None:
    seat = centre.seat()
    seat.visitor.post("/api/agents/me/sign-in", {})
    centre.ready(seat)
    citizen = centre.dial(seconds=60)
    call = centre.talking(citizen, 40)
    earlier = centre.supervisor.get(f"/api/calls/{call}")
    assert earlier["agent_ids"] == [seat.person.id]
    centre.hang_up_all(citizen)
