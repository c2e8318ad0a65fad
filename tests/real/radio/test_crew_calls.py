"""A crew's telephone on a real switch: called once about a job that nothing else brought, answered by keys,
connected with the citizen so that neither sees the other's number. And calls to crews and to supervisors when
the role centre is killed meanwhile.

So is a reporter whose case was closed: he is asked once, by a SIP phone that rings. With 0 he is connected
with an agent who is free, and is called later when nobody is. A citizen with a landline is told once. So is a
recipient of a warning, who hears first that it is an exercise. So does a loudspeaker (simulated), once.

The crew is simulated: an extension of the switch itself that picks up and sends keys. The citizen is behind a
carrier (SIPp), to whom each call out goes as SIP.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert

from cases.events import CaseState
from cases.life import store as case_store
from cases.life.model import Case
from cases.tables import case_calls
from citizen.followup import store as follow_up_store
from citizen.followup.model import ConcernState, FollowUp, FollowUpState
from citizen.messages import store as message_store
from citizen.messages.model import CALL, MessagePurpose, MessageState, StoredMessage
from core.storage import Storage, StorageSettings, create_engine
from tests.peers import audio
from tests.peers.simulated_loudspeaker import PCMU
from tests.real.radio.alarm_world import ANNA, PAGED_S, PARK_PLACE, SAID_S, TONES, UID, AlarmWorld
from tests.waiting import wait_for

pytestmark = pytest.mark.real

CREW, CITIZEN = "13904510077", "13904511234"
REPORTER, SECOND_REPORTER = "13904517001", "13904517002"
THIRD_REPORTER, FOURTH_REPORTER = "13904517003", "13904517004"
WARNED = "13904517005"
PRESSES_0 = ("Answer()", "Wait(2)", "SendDTMF(0)", "Dial(PJSIP/${EXTEN}@trunk)")
LANDLINE = "045182345678"
SHOWN = "4518000"


class CrewWorld(AlarmWorld):
    """With a crew that has a telephone and whose terminal is not there. A supervisor is rung for longer than
    a killed centre takes to come back.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ring_s=100, takes="answers")

    def start(self) -> None:
        super().start()
        path = f"/api/units/{UID}"
        self.dispatcher.patch(path, {"op_id": str(uuid.uuid4()), "addresses": [f"phone:{CREW}"]})

    def crew(self, *keys: str, after: int = 2) -> None:
        """The crew picks up, hears for so many seconds, and presses these keys."""
        self.switch.rx(f"dialplan remove extension {CREW}@outbound")
        steps = ["Answer()", f"Wait({after})", *(f"SendDTMF({key})" for key in keys), "Wait(40)"]
        for priority, step in enumerate(steps, 1):
            self.switch.rx(f'dialplan add extension {CREW},{priority},"{step}" into outbound')

    def sent(self, number: str) -> tuple[str, str]:
        """A case with a citizen's number, and its dispatch to the crew."""
        now = datetime.now(UTC)
        case = Case(
            uuid.uuid4(), f"2301022026112600{number}", f"123456{number}", CaseState.FILED,
            "gbt30428.2@2013/E0505", "230102", "公滨路5号", None, "路面塌陷", "urgent", None, False,
            now, "li", now,
        )  # fmt: skip

        async def file() -> None:
            url = f"sqlite+aiosqlite:///{self.service.folder / 'songhua.db'}"
            storage = Storage(create_engine(StorageSettings(url=url)))
            async with storage.write() as transaction:
                await case_store.add(transaction.connection, case, drafted={}, final={})
                await transaction.connection.execute(
                    insert(case_calls).values(
                        case_id=case.case_id, call_id=uuid.uuid4(), caller=CITIZEN, caller_key=CITIZEN,
                        linked_at=now, linked_by="li",
                    )
                )  # fmt: skip
            await storage.close()

        asyncio.run(file())
        body = {"op_id": str(uuid.uuid4()), "unit_id": UID}
        answer = self.dispatcher.post(f"/api/cases/{case.case_id}/dispatch", body)
        return str(case.case_id), str(answer["dispatch_id"])

    def deliveries(self, dispatch: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.dispatcher.get(f"/api/dispatches/{dispatch}/deliveries")[
            "deliveries"
        ]
        return found

    def step(self, case: str) -> str:
        return str(self.dispatcher.get(f"/api/cases/{case}")["dispatches"][0]["step"])

    def closed_case_of(self, number: str, *telephone: str) -> uuid.UUID:
        """A case of this reporter was closed, and the centre is to ask; his telephone is Anna's, or this."""
        for priority, step in enumerate(telephone or ("Dial(PJSIP/duty-1)",), 1):
            self.switch.rx(f'dialplan add extension {number},{priority},"{step}" into outbound')
        now = datetime.now(UTC)
        one = FollowUp(
            uuid.uuid4(), uuid.uuid4(), "2301022026112600099", None, number, "telephone", "230102",
            "gbt30428.2@2013/E0505", "", "call", FollowUpState.DIAL, now, 0, "", None, None, None, "", "",
            None, ConcernState.NONE, "", "", None, now, None,
        )  # fmt: skip

        async def plan() -> None:
            url = f"sqlite+aiosqlite:///{self.service.folder / 'songhua.db'}"
            storage = Storage(create_engine(StorageSettings(url=url)))
            async with storage.write() as transaction:
                await follow_up_store.add(transaction.connection, one)
            await storage.close()

        asyncio.run(plan())
        return one.follow_up_id

    def to_be_told(self, number: str) -> uuid.UUID:
        """A citizen with this landline, which is Anna's telephone, is to be told that the work is done."""
        name = "/api/settings/citizen-messages"
        known = self.chief.get(name)
        value = {**known["value"], "landline_calls": True}
        changed = {"op_id": str(uuid.uuid4()), "value": value, "expected": known["number"]}
        assert self.chief.post(f"{name}/versions", changed)["fault"] == ""
        self.switch.rx(f'dialplan add extension {number},1,"Dial(PJSIP/duty-1)" into outbound')
        now = datetime.now(UTC)
        message = StoredMessage(
            uuid.uuid4(), MessagePurpose.PROGRESS, CALL, number, "已办理 17171717", "done", "done",
            None, None, MessageState.WAITING, 1, 0, 0, "", now, None, now + timedelta(hours=1), None, None,
            "",
        )  # fmt: skip

        async def write() -> None:
            url = f"sqlite+aiosqlite:///{self.service.folder / 'songhua.db'}"
            storage = Storage(create_engine(StorageSettings(url=url)))
            async with storage.write() as transaction:
                await message_store.add(transaction.connection, message)
            await storage.close()

        asyncio.run(write())
        return message.message_id

    def told(self, message_id: uuid.UUID) -> str:
        """What became of the message, by the command."""
        found = json.loads(self.service.run("citizen", "messages", "--json"))["messages"]
        return next(str(one["state"]) for one in found if one["message_id"] == str(message_id))

    def warned(self) -> str:
        """An exercise is released for a district; Anna's telephone is that of a recipient there."""
        self.switch.rx(f'dialplan add extension {WARNED},1,"Dial(PJSIP/duty-1)" into outbound')
        file = self.folder / "recipients.csv"
        file.write_text(f"name,number,area,by\n赵村长,{WARNED},230103,call\n", encoding="utf-8")
        self.service.run("warning", "recipients", "import", str(file))
        area = {"description": "南岗区", "geocodes": [{"name": "GB/T 2260", "value": "230103"}]}
        draft = {
            "status": "Exercise", "headline": "暴雨红色预警", "description": "请留在室内。", "areas": [area],
            "channels": ["calls"], "expires": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        }  # fmt: skip
        made = self.chief.post("/api/warnings", {"op_id": str(uuid.uuid4()), "draft": draft})
        warning = str(made["warning_id"])
        self.chief.post(f"/api/warnings/{warning}/release", {"op_id": str(uuid.uuid4())})
        return warning

    def paged(self) -> str:
        """An exercise is released for the park; its loudspeakers are to say so."""
        lon, lat = PARK_PLACE
        area = {"description": "公园", "circles": [{"lon": lon, "lat": lat, "km": 1}]}
        draft = {
            "status": "Exercise", "headline": "暴雨红色预警", "description": "请留在室内。", "areas": [area],
            "channels": ["paging"], "expires": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        }  # fmt: skip
        made = self.chief.post("/api/warnings", {"op_id": str(uuid.uuid4()), "draft": draft})
        warning = str(made["warning_id"])
        self.chief.post(f"/api/warnings/{warning}/release", {"op_id": str(uuid.uuid4())})
        return warning

    def page_counts(self, warning: str) -> dict[str, int]:
        """What became of it, as the desk shows it; nothing of one whose counts are not there yet."""
        counts = self.chief.get(f"/api/warnings/{warning}")["counts"]
        return dict(counts[0]) if counts else {"reached": 0, "acknowledged": 0}

    def paging(self) -> bool:
        """Whether the switch sends a page now."""
        return "MulticastRTP" in self.switch.rx("core show channels concise")

    def counted(self, warning: str) -> dict[str, int]:
        """What became of it, by the command."""
        (counts,) = json.loads(self.service.run("warning", "show", warning, "--json"))["counts"]
        return dict(counts)

    def asked(self, follow_up: uuid.UUID) -> dict[str, Any]:
        """The follow-up with its calls, by the command."""
        told = json.loads(self.service.run("citizen", "follow-ups", "--json"))
        return next(one for one in told["follow_ups"] if one["follow_up_id"] == str(follow_up))

    def reported(self) -> list[dict[str, Any]]:
        """Follow-up calls that an agent got, as the report of calls has them."""
        day = timedelta(days=1)
        since, until = (f"{datetime.now(UTC) + by:%Y-%m-%d}" for by in (-day, 2 * day))
        told = self.chief.get(f"/api/reports/calls?from={since}&to={until}")
        return [one for one in told["rows"] if one["purpose"] == "follow_up" and one["agents"]]

    def talks(self) -> list[str]:
        """Legs that were placed for a crew, by Asterisk's own ledger."""
        return [row[9] for row in self.begun() if row[9].startswith("cw-")]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrewWorld]:
    with CrewWorld(tmp_path_factory.mktemp("crews")) as made:
        yield made


@pytest.fixture
def world(city: CrewWorld) -> Iterator[CrewWorld]:
    yield city
    city.settle()


def test_a_crew_accepts_by_1_and_is_connected_with_the_citizen_neither_seeing_the_others_number(
    world: CrewWorld,
) -> None:
    world.crew("1", "1")
    case, dispatch = world.sent("41")
    wait_for(lambda: world.step(case) == "accepted", "the job that was accepted by telephone", 40)
    world.switch.wait_idle(60)
    told = {one["bearer"]: one for one in world.deliveries(dispatch)}
    assert told["terminal"]["stage"] == "unreachable"
    assert (told["call"]["stage"], told["call"]["address"]) == ("accepted", f"phone:…{CREW[-4:]}")
    assert len({leg.partition(";")[0] for leg in world.talks()}) == 1, "one call"
    assert world.dialled() == []
    # Now the crew asks for the citizen.
    world.dispatcher.post(f"/api/dispatches/{dispatch}/talk", {"op_id": str(uuid.uuid4())})
    wait_for(lambda: world.dialled() == [CITIZEN], "the call to the citizen", 40)
    invite = world.carrier.taken()[-1]
    assert f"<sip:{SHOWN}@" in invite.header("From")
    assert CREW not in str(invite), "the crew's number is nowhere in it"
    wait_for(lambda: "Up" in world.switch.rx("core show channels"), "the talk")
    assert CITIZEN not in str(world.deliveries(dispatch))
    world.switch.rx("channel request hangup all")
    wait_for(lambda: world.deliveries(dispatch)[-1]["stage"] == "done", "the end of the talk", 10)
    assert world.deliveries(dispatch)[-1]["purpose"] == "talk"


def test_a_crew_declines_by_2_and_the_dispatcher_is_told(world: CrewWorld) -> None:
    world.crew("2")
    case, dispatch = world.sent("42")
    wait_for(lambda: world.step(case) == "declined", "the job that was declined by telephone", 40)
    overdue = world.dispatcher.get("/api/dispatches/overdue")["dispatches"]
    assert [one["overdue"] for one in overdue if one["dispatch_id"] == dispatch] == ["declined"]
    steps = [one.event["step"] for one in world.screen.of("field.dispatch_overdue")]
    assert steps[-2:] == ["told", "next_unit"]
    world.switch.wait_idle(60)


def test_a_reporter_hears_the_question_presses_3_and_a_person_finds_him(world: CrewWorld) -> None:
    follow_up = world.closed_case_of(REPORTER)
    world.rings()
    world.phone.command("accept")
    wait_for(lambda: world.heard("follow-up-ask") > SAID_S / 2, "the question at the telephone")
    world.press("3")
    concerns = "/api/follow-ups/concerns"
    wait_for(lambda: world.chief.get(concerns)["follow_ups"], "the reporter who is not satisfied", 30)
    (found,) = world.chief.get(concerns)["follow_ups"]
    assert (found["follow_up_id"], found["satisfaction"], found["number"]) == (str(follow_up), 3, "")
    world.switch.wait_idle(60)
    wait_for(lambda: world.asked(follow_up)["calls"][0]["outcome"] == "answered", "the call in the database")
    told = world.asked(follow_up)
    assert (told["state"], told["attempts"], told["answered_by"]) == ("answered", 1, "call")
    assert [(one["attempt"], one["key"]) for one in told["calls"]] == [(0, "3")]
    assert REPORTER not in str(told)
    assert (len(world.rung()), world.dialled()) == (1, [])


@pytest.mark.timeout(300)
def test_a_reporter_presses_0_and_talks_with_an_agent_or_is_to_be_called_when_nobody_is_free(
    world: CrewWorld,
) -> None:
    """He presses 0, by the switch itself; his telephone is the carrier's then."""
    nobody = world.closed_case_of(THIRD_REPORTER, *PRESSES_0)
    wait_for(lambda: world.asked(nobody)["state"] == "call", "the call that is asked for", 40)
    world.switch.wait_idle(90)
    wait_for(lambda: world.asked(nobody)["calls"][0]["stage"] == "over", "the end in the database")
    told = world.asked(nobody)
    assert (told["calls"][0]["outcome"], told["connected_at"], world.rung()) == ("answered", None, [])
    # Now Anna is there.
    world.chief.post("/api/agents/me/sign-in", {})
    world.chief.post("/api/agents/me/state", {"state": "ready"})
    follow_up = world.closed_case_of(FOURTH_REPORTER, *PRESSES_0)
    world.rings(60)
    assert world.chief.get("/api/follow-ups")["follow_ups"] != [], "the first one"
    world.phone.command("accept")
    wait_for(lambda: world.asked(follow_up)["connected_at"], "who talks with whom", 30)
    shown = {one["follow_up_id"]: one for one in world.chief.get("/api/follow-ups")["follow_ups"]}
    mine = shown[str(follow_up)]
    assert (mine["connected"], mine["taken_by"], mine["number"]) == (True, ANNA.id, FOURTH_REPORTER)
    assert shown[str(nobody)]["connected"] is False
    (call,) = [one for one in world.chief.get("/api/calls")["calls"] if one["state"] == "talking"]
    assert call["queue"] == "hotline"
    world.switch.rx("channel request hangup all")
    wait_for(lambda: world.asked(follow_up)["calls"][0]["outcome"] == "talked", "the talk in the database")
    told = world.asked(follow_up)
    assert (told["state"], told["taken_by"], len(told["calls"])) == ("call", ANNA.id, 1)
    assert world.dialled() == [THIRD_REPORTER, FOURTH_REPORTER], "each once"
    assert world.chief.get("/api/callbacks")["callbacks"] == [], "nobody is called back besides"
    wait_for(world.reported, "the call in the report", 40)
    (row,) = world.reported()
    assert (row["direction"], row["queue"], row["agents"]) == ("outbound", "hotline", ANNA.id)
    world.chief.post("/api/agents/me/sign-out", {})


@pytest.mark.own_process
def test_a_citizen_with_a_landline_is_told_once_also_when_killed_while_it_rings(world: CrewWorld) -> None:
    message_id = world.to_be_told(LANDLINE)
    world.rings()
    world.kill_centre()
    assert world.ringing(), "the switch rings on by itself"
    world.start_centre()
    # Whoever is called in doubt is called within this time.
    time.sleep(5)
    assert (world.ringing(), len(world.rung())) == (True, 1), "the same call, and no other"
    world.phone.command("accept")
    wait_for(lambda: world.heard("digit-7") > SAID_S * 3, "the case's code at the telephone", 40)
    world.press("1")
    wait_for(lambda: world.told(message_id) == "delivered", "the notice in the database", 40)
    world.switch.wait_idle(60)
    assert (len(world.rung()), world.dialled()) == (1, [])


@pytest.mark.own_process
def test_killed_while_a_reporter_s_telephone_rings_it_rings_once_and_1_counts_afterwards(
    world: CrewWorld,
) -> None:
    follow_up = world.closed_case_of(SECOND_REPORTER)
    world.rings()
    world.kill_centre()
    assert world.ringing(), "the switch rings on by itself"
    world.start_centre()
    # Whoever is called in doubt is called within this time.
    time.sleep(5)
    assert (world.ringing(), len(world.rung())) == (True, 1), "the same call, and no other"
    world.phone.command("accept")
    wait_for(lambda: world.heard("follow-up-ask") > SAID_S / 2, "the question at the telephone")
    world.press("1")
    wait_for(lambda: world.asked(follow_up)["state"] == "answered", "the answer", 40)
    world.switch.wait_idle(60)
    told = world.asked(follow_up)
    assert (told["satisfaction"], told["concern"], len(told["calls"])) == (1, "", 1)
    assert len(world.rung()) == 1


@pytest.mark.own_process
def test_killed_while_a_recipient_of_a_warning_is_called_he_is_called_once_and_1_acknowledges(
    world: CrewWorld,
) -> None:
    """He hears that it is an exercise."""
    warning = world.warned()
    world.rings()
    world.kill_centre()
    assert world.ringing(), "the switch rings on by itself"
    world.start_centre()
    # Whoever is called in doubt is called within this time.
    time.sleep(5)
    assert (world.ringing(), len(world.rung())) == (True, 1), "the same call, and no other"
    world.phone.command("accept")
    wait_for(lambda: world.heard("warning-exercise") > SAID_S / 2, "that it is an exercise")
    world.press("1")
    wait_for(lambda: world.counted(warning)["acknowledged"] == 1, "the acknowledgement", 40)
    world.switch.wait_idle(60)
    assert (world.counted(warning)["total"], len(world.rung())) == (1, 1)
    assert world.dialled() == []


@pytest.mark.own_process
def test_killed_while_a_loudspeaker_is_paged_it_hears_the_exercise_once_and_a_stop_ends_a_page(
    world: CrewWorld,
) -> None:
    streams = world.loudspeaker.streams
    warning = world.paged()
    wait_for(lambda: world.page_counts(warning)["reached"] == 1, "the sounds that have begun", 40)
    world.kill_centre()
    wait_for(lambda: not world.paging(), "the end of the page, without the centre", 60)
    world.start_centre()
    # Whatever is in doubt is looked for within this time.
    time.sleep(5)
    (whole,) = streams.values()
    assert world.page_counts(warning)["reached"] == 1
    assert whole.kinds == {PCMU}
    assert {(after - before) & 0xFFFF for before, after in pairwise(whole.sequence)} == {1}
    heard = np.array(whole.samples()) / 32768
    mark, sentence = TONES["warning-exercise"], TONES["page-alert"]
    # In two languages, twice: the mark before and after each sentence.
    assert audio.tone_seconds(heard, mark) > 8 * SAID_S * 0.6
    assert audio.tone_seconds(heard, sentence) > 4 * PAGED_S * 0.6
    assert audio.notes(heard, mark, sentence, stutter_s=0.2)[:3] == [mark, sentence, mark]
    again = world.paged()
    wait_for(lambda: world.page_counts(again)["acknowledged"] == 1, "a page that was sent to its end", 60)
    stopped = world.paged()
    wait_for(lambda: world.page_counts(stopped)["reached"] == 1, "the sounds that have begun", 40)
    path = f"/api/warnings/{stopped}/cancel"
    world.chief.post(path, {"op_id": str(uuid.uuid4()), "why": "the exercise is over"})
    wait_for(lambda: not world.paging(), "the end of the page", 20)
    assert [one.seconds < whole.seconds - SAID_S for one in streams.values()] == [False, False, True]
    assert world.page_counts(stopped)["acknowledged"] == 0


@pytest.mark.own_process
def test_killed_while_it_rings_the_telephone_rings_once_and_1_counts_afterwards(world: CrewWorld) -> None:
    terminal = world.emergency()
    world.rings()
    world.kill_centre()
    assert world.ringing(), "the switch rings on by itself"
    world.start_centre()
    # Whoever is called in doubt is called within this time.
    time.sleep(5)
    assert (world.ringing(), len(world.rung())) == (True, 1), "the same call, and no other"
    world.phone.command("accept")
    wait_for(lambda: world.heard("alarm-unit") > SAID_S / 2, "the sentence at the telephone")
    world.press("1")
    wait_for(lambda: bool(terminal.told("acknowledge")), "the answer at the terminal", 40)
    assert terminal.told("acknowledge")[0]["by"] == ANNA.name
    world.switch.wait_idle(30)
    wait_for(lambda: world.outcomes(terminal) == ["acknowledged"], "the call in the database", 30)
    assert len(world.rung()) == 1
    assert world.dialled() == []


@pytest.mark.own_process
def test_killed_and_acknowledged_at_a_desk_the_ringing_ends(world: CrewWorld) -> None:
    terminal = world.emergency()
    world.rings()
    world.kill_centre()
    world.start_centre()
    world.acknowledge(terminal)
    wait_for(lambda: not world.ringing(), "end of the ringing", 20)
    wait_for(lambda: world.outcomes(terminal) == ["stopped"], "the call in the database")
    time.sleep(3)
    assert (len(world.rung()), world.dialled()) == (1, [])


@pytest.mark.own_process
def test_killed_while_somebody_listens_his_key_counts_when_the_service_is_back(world: CrewWorld) -> None:
    """A supervisor's and a crew's: the dialplan says each again every second."""
    terminal = world.emergency()
    world.rings()
    world.phone.command("accept")
    wait_for(lambda: (ANNA.name, "listening") in world.shown(terminal), "who has picked up")
    before = len(world.talks())
    world.crew("1", after=6)
    case, _dispatch = world.sent("43")
    wait_for(lambda: len(world.talks()) > before, "a crew that is called", 40)
    before = len(world.talks())
    world.kill_centre()
    world.press("1")
    world.start_centre()
    wait_for(lambda: bool(terminal.told("acknowledge")), "the answer at the terminal", 60)
    assert terminal.told("acknowledge")[0]["by"] == ANNA.name
    wait_for(lambda: world.step(case) == "accepted", "the key that was pressed meanwhile", 60)
    world.switch.wait_idle(60)
    assert len(world.rung()) == 1
    assert len(world.talks()) == before, "no second call"
