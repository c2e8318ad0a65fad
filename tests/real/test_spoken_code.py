"""A citizen says the code of his case, and a reporter that he is not satisfied: the whole service, a real
recogniser, machine speech on a line.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
import wave
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

import ivr.room
from citizen.followup import store as follow_up_store
from citizen.followup.model import ConcernState, FollowUp, FollowUpState
from core.storage import Storage, StorageSettings, create_engine
from tests.peers.checkout import CHECKOUT
from tests.real.field_case import a_case
from tests.real.flow_stage import Citizen
from tests.real.service import WholeService
from tests.waiting import seconds_until, wait_for

pytestmark = [pytest.mark.real, pytest.mark.hears, pytest.mark.own_process, pytest.mark.timeout(300)]

CODE = "11643876"
SPOKEN = CHECKOUT / "tests" / "audio" / "codes" / "en" / f"{CODE}.ulaw"
CALLS = 3
"""How often he phones at most: a machine that is busy with others asks for keys instead."""
MISSED = ("not understood", "late")
"""He is asked once more, where the recogniser has time."""
NO_TIME = ("late", "unheard")
"""It had none: so it is said why he was asked for keys."""
PLAYED = "played.log"
STATUS = Path(ivr.room.__file__).parent / "flows" / "status.yaml"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    """Everybody who phones is asked for his code; the case with this code has been received."""
    overrides = {
        "ivr": {"flow": str(STATUS), "spoken_codes": ["en"]},
        "hotline": {"follow_ups": {"speech": True, "person_wait_s": 0}},
        # It is noon: reporters may be called.
        "citizen": {"timezone_h": 12 - datetime.now(UTC).hour},
    }
    with WholeService(tmp_path_factory.mktemp("city"), agents=1, overrides=overrides) as city:
        city.switch.rx(f"logger add channel {PLAYED} verbose(3)")
        (seat,) = city.seats
        first = city.dial()
        call = city.talking(first, 40)
        case = a_case(city, call)
        city.hang_up_all(first)
        city.dispose(seat, call, "enquiry")
        with closing(sqlite3.connect(city.service.folder / "songhua.db", timeout=10)) as link, link:
            link.execute("UPDATE cases SET spoken_code = ?", (CODE,))
        assert city.supervisor.get(f"/api/cases/{case}")["spoken_code"] == CODE
        yield city


@contextmanager
def asked(city: WholeService) -> Iterator[Citizen]:
    """He has chosen English and is asked for his code."""
    citizen = city.with_handset()
    asked, said = looked_up(city), played(city, "en/case-code-say")
    choose_english(city, citizen)
    wait_for(lambda: len(city.taps()) == 1, "a speech node that hears him", 40)
    wait_for(lambda: played(city, "en/case-code-say") == said + 1, "the question for a code", 30)
    assert looked_up(city) == asked
    yield citizen
    citizen.hang_up()
    citizen.close()
    city.switch.wait_idle(15)


@pytest.fixture
def citizen(city: WholeService) -> Iterator[Citizen]:
    with asked(city) as citizen:
        yield citizen


def answers(city: WholeService, *how: str) -> float:
    return sum(city.metric(f'songhua_ivr_spoken_answers_total{{how="{one}"}}') for one in how)


def looked_up(city: WholeService) -> float:
    """Flows that told how a case stands: only they end with a hang-up."""
    return city.metric('songhua_ivr_flows_total{how="hangup"}')


def choose_english(city: WholeService, citizen: Citizen) -> None:
    citizen.dial()
    wait_for(lambda: playing(city, "language-choice"), "the choice of a language", 40)
    citizen.press("2")


def playing(city: WholeService, prompt: str) -> bool:
    return prompt in city.switch.rx("core show channels concise")


def played(city: WholeService, prompt: str) -> int:
    """How often this prompt was begun so far: a short one may be over when one looks."""
    return (city.switch.messages.parent / PLAYED).read_text(errors="replace").count(f"/{prompt}.")


def said(city: WholeService, citizen: Citizen) -> bool:
    """He speaks at once, and once more where he is asked to. False: keys were asked for, as a machine that is
    busy with others does.
    """
    citizen.handset.say(SPOKEN.read_bytes())
    understood, missed = answers(city, "understood"), answers(city, *MISSED)
    again, keys = played(city, "en/case-code-again"), played(city, "en/case-code-ask")
    took = seconds_until(
        lambda: answers(city, "understood", *MISSED) > understood + missed,
        "an answer to the question",
        60,
    )
    if answers(city, "understood") == understood:
        wait_for(
            lambda: played(city, "en/case-code-again") > again or played(city, "en/case-code-ask") > keys,
            "the question once more, or for keys",
            30,
        )
        if played(city, "en/case-code-ask") > keys:
            return False
        wait_for(lambda: playing(city, "/answer"), "the time to answer", 30)
        citizen.handset.say(SPOKEN.read_bytes())
        wait_for(
            lambda: answers(city, "understood") > understood or answers(city, *MISSED) > missed + 1,
            "an answer to the second question",
            60,
        )
    print(f"{took:.1f} s after he began to speak, {len(SPOKEN.read_bytes()) / 8000:.1f} s of it speech")
    return answers(city, "understood") > understood


def test_a_code_that_is_said_is_understood_and_nothing_of_it_is_left(city: WholeService) -> None:
    before = looked_up(city)
    for _ in range(CALLS):
        with asked(city) as citizen:
            if not said(city, citizen):
                continue
            wait_for(lambda: looked_up(city) == before + 1, "how the case stands", 40)
            wait_for(lambda: not city.taps(), "the end of the tap")
            break
    else:
        pytest.fail(f"none of {CALLS} calls was understood")
    log = city.service.program.log.read_text(errors="replace")
    assert CODE not in log
    assert " ".join(CODE) not in log
    spool = (city.service.folder / "speech-spool.sqlite").read_bytes()
    assert b"1164" not in spool
    assert not city.ask_database("SELECT 1 FROM cdr_segments WHERE text LIKE '%1164%'")


def test_keys_count_while_a_machine_listens(city: WholeService, citizen: Citizen) -> None:
    before, pressed = looked_up(city), answers(city, "pressed")
    citizen.handset.speak(300.0, 4.0)
    time.sleep(0.5)
    citizen.press(CODE)
    wait_for(lambda: looked_up(city) == before + 1, "how the case stands", 40)
    assert answers(city, "pressed") == pressed + 1
    wait_for(lambda: not city.taps(), "the end of the tap")


def test_what_is_no_code_is_asked_again_and_then_keys_are_asked_for(city: WholeService) -> None:
    """Or for keys at once, where the recogniser had no time, and it is counted that it had none."""
    for _ in range(CALLS):
        with asked(city) as citizen:
            if keys_count_in_the_end(city, citizen):
                return


def keys_count_in_the_end(city: WholeService, citizen: Citizen) -> bool:
    """He is asked for keys in any case; whether he was asked to say it once more before."""
    before, keys, no_time = looked_up(city), played(city, "en/case-code-ask"), answers(city, *NO_TIME)
    again = is_asked_again(city, citizen)
    wait_for(lambda: played(city, "en/case-code-ask") == keys + 1, "the question for keys", 60)
    wait_for(lambda: not city.taps(), "the end of the taps: from here on keys alone count")
    assert again or answers(city, *NO_TIME) > no_time, "he is asked once more, or it is said why not"
    citizen.press(CODE)
    wait_for(lambda: looked_up(city) == before + 1, "how the case stands", 40)
    return again


def is_asked_again(city: WholeService, citizen: Citizen) -> bool:
    """He says half a code, and again where he is asked to. False: keys were asked for at once, as a machine
    that is busy with others does.
    """
    missed = answers(city, *MISSED)
    again, keys = played(city, "en/case-code-again"), played(city, "en/case-code-ask")
    half = SPOKEN.read_bytes()[: 8000 * 3 // 2]
    wait_for(lambda: playing(city, "/answer"), "the time to answer", 30)
    citizen.handset.say(half)
    wait_for(lambda: answers(city, *MISSED) == missed + 1, "an answer that is no code", 60)
    wait_for(
        lambda: played(city, "en/case-code-again") > again or played(city, "en/case-code-ask") > keys,
        "the question once more, or for keys",
        30,
    )
    if played(city, "en/case-code-ask") > keys:
        return False
    wait_for(lambda: playing(city, "/answer"), "the time to answer", 30)
    citizen.handset.say(half)
    wait_for(lambda: answers(city, *MISSED) == missed + 2, "a second one", 60)
    assert played(city, "en/case-code-again") == again + 1
    return True


def not_satisfied(city: WholeService) -> Path:
    """The end of a sentence of the English prompts."""
    file = city.folder / "not-satisfied.wav"
    prompt = Path(ivr.room.__file__).parent / "prompts" / "en" / "follow-up-sorry.wav"
    with wave.open(str(prompt)) as whole, wave.open(str(file), "wb") as part:
        part.setparams(whole.getparams())
        rate = whole.getframerate()
        whole.setpos(int(1.1 * rate))
        spoken = whole.readframes(int(0.96 * rate))
        # A telephone goes on sending: without its silence nobody knows that he has said it.
        part.writeframes(bytes(2 * rate) + spoken + bytes(4 * 2 * rate))
    return file


def asked_by_telephone(city: WholeService, number: str, *steps: str) -> UUID:
    """A case of this reporter was closed, and the centre is to ask; his telephone is the switch's own."""
    for priority, step in enumerate(("Answer()", "Wait(2)", *steps, "Wait(60)"), 1):
        city.switch.rx(f'dialplan add extension {number},{priority},"{step}" into outbound')
    now = datetime.now(UTC)
    one = FollowUp(
        uuid4(), uuid4(), "2301022026112600099", None, number, "telephone", "230102",
        "gbt30428.2@2013/E0505", "", "call", FollowUpState.DIAL, now, 0, "", None, None, None, "", "",
        None, ConcernState.NONE, "", "", None, now, None,
    )  # fmt: skip

    async def plan() -> None:
        storage = Storage(
            create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{city.service.folder / 'songhua.db'}"))
        )
        async with storage.write() as transaction:
            await follow_up_store.add(transaction.connection, one)
        await storage.close()

    asyncio.run(plan())
    return one.follow_up_id


def follow_up(city: WholeService, follow_up_id: UUID) -> dict[str, Any]:
    told = json.loads(city.service.run("citizen", "follow-ups", "--json"))
    return next(one for one in told["follow_ups"] if one["follow_up_id"] == str(follow_up_id))


def over(city: WholeService, follow_up_id: UUID) -> dict[str, Any]:
    wait_for(
        lambda: [one["stage"] for one in follow_up(city, follow_up_id)["calls"]] == ["over"],
        "the end of the call in the database",
        120,
    )
    return follow_up(city, follow_up_id)


def test_a_reporter_says_that_he_is_not_satisfied_and_a_person_finds_him(city: WholeService) -> None:
    """And another one presses a key while he is heard."""
    speech = not_satisfied(city).with_suffix("")
    for number in range(CALLS):
        say = f"Playback({speech})"
        one = asked_by_telephone(city, f"1390451720{number}", say, "Wait(2)", say)
        told = over(city, one)
        if told["state"] == "answered":
            break
    else:
        pytest.fail(f"none of {CALLS} reporters was understood")
    assert (told["satisfaction"], told["concern"], told["answered_by"]) == (3, "open", "speech")
    assert [(call["key"], call["spoken"]) for call in told["calls"]] == [("3", True)]
    wait_for(lambda: not city.taps(), "the end of the tap")
    log = city.service.program.log.read_text(errors="replace")
    assert "satisfied" not in log.casefold()
    assert not city.ask_database("SELECT 1 FROM cdr_segments WHERE text LIKE '%atisfied%'")
    told = over(city, asked_by_telephone(city, "13904517209", "SendDTMF(1)"))
    assert (told["satisfaction"], told["answered_by"]) == (1, "call")
    assert [(call["key"], call["spoken"]) for call in told["calls"]] == [("1", False)]


def test_without_a_recogniser_keys_are_asked_for(city: WholeService) -> None:
    """Last: from here on there is no speech."""
    role = city.process("speech")
    role.suspend()
    try:
        wait_for(lambda: city.part("speech")["state"] != "up", "a service that knows it", 90)
        heard = answers(city, "understood", *MISSED)
        before, keys = looked_up(city), played(city, "en/case-code-ask")
        citizen = city.with_handset()
        choose_english(city, citizen)
        wait_for(lambda: played(city, "en/case-code-ask") == keys + 1, "the question for keys", 40)
        assert city.taps() == []
        citizen.press(CODE)
        wait_for(lambda: looked_up(city) == before + 1, "how the case stands", 40)
        assert answers(city, "understood", *MISSED) == heard
        citizen.hang_up()
        citizen.close()
    finally:
        role.resume()
