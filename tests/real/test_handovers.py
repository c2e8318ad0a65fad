"""A call is handed over to 119 or 120 in one operation, on a real switch: SIPp answers as they do."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import audio
from tests.peers.carrier import SippCarrier
from tests.peers.program import PeerFailed
from tests.real.control_world import NOTHING, TONES, ControlWorld, FarEnd, spell
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

PRESETS = [
    {"service": "fire", "number": "119", "zh": "消防", "en": "Fire brigade", "mode": "blind"},
    {"service": "medical", "number": "120", "zh": "急救", "en": "Ambulance", "mode": "consult"},
]


class HandoverWorld(ControlWorld):
    """Behind the trunk is an emergency centre."""

    def _far_end(self) -> FarEnd:
        tone = audio.tone(self.folder / "centre.wav", TONES["outside"], 5)
        speech = audio.to_ulaw(tone, self.folder / "centre.al", law="a-law")
        return SippCarrier(self.folder / "emergency-centre", speech=speech)

    @property
    def emergency_centre(self) -> SippCarrier:
        assert isinstance(self.far, SippCarrier)
        return self.far

    def settled(self, call: str) -> list[str]:
        """The durable events of this call's hand-overs."""
        file = f"file:{self.service.folder / 'songhua.db'}?mode=ro"
        with contextlib.closing(sqlite3.connect(file, uri=True, timeout=10)) as link:
            rows = link.execute("SELECT envelope FROM outbox WHERE stream = ?", (f"call:{call}",)).fetchall()
        return [str(row[0]) for row in rows if "hotline.handover_settled" in str(row[0])]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandoverWorld]:
    folder: Path = tmp_path_factory.mktemp("centre")
    with HandoverWorld(folder, overrides={"hotline": {"handovers": PRESETS}}) as made:
        yield made


def test_blind_the_citizen_speaks_with_the_fire_brigade_after_one_press(world: HandoverWorld) -> None:
    world.rest()
    one = world.agents[0]
    presets = one.visitor.get("/api/handovers")["handovers"]
    assert [(row["service"], row["mode"], row["available"]) for row in presets] == [
        ("fire", "blind", True), ("medical", "consult", True),
    ]  # fmt: skip
    citizen, call = world.talk(one)
    assert world.do(one, call, "handover", service="fire")["outcome"] == "done"
    wait_for(lambda: world.call(call)["handover"]["state"] == "answered", "the fire brigade", 20)
    shown = world.call(call)["handover"]
    assert (shown["service"], shown["number"], shown["by"]) == ("fire", "119", one.id)
    together = spell(3)
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.emergency_centre.numbers()[-1] == "119"
    assert world.heard_by_citizen(*together)["outside"] > 1
    assert world.heard_by_citizen(*together)["agent-1"] < NOTHING
    (settled,) = wait_for(lambda: world.settled(call), "the durable event", 20)
    assert "answered" in settled
    assert "119" in settled


def test_consulting_the_agent_tells_the_place_and_then_completes(world: HandoverWorld) -> None:
    world.rest()
    one = world.agents[0]
    citizen, call = world.talk(one)
    assert world.do(one, call, "handover", service="medical")["state"] == "consulting"
    wait_for(lambda: world.call(call)["handover"]["state"] == "answered", "the ambulance", 20)
    between = spell(3)
    world.do(one, call, "complete")
    after = spell(3)
    citizen.hang_up()
    world.switch.wait_idle()
    assert world.emergency_centre.numbers()[-1] == "120"
    assert world.heard_by(one, *between)["outside"] > 1
    assert world.heard_by_citizen(*between)["outside"] < NOTHING
    assert world.heard_by_citizen(*after)["outside"] > 1


def test_nobody_answers_there_and_the_citizen_is_the_next_to_be_served(world: HandoverWorld) -> None:
    world.rest()
    one, two = world.agents
    world.emergency_centre.stop()
    try:
        citizen, call = world.talk(one)
        world.sign_in(two)
        world.do(one, call, "handover", service="fire")
        wait_for(lambda: world.call(call)["handover"]["state"] == "failed", "the failure", 60)
        world.until(call, "talking", within=30)
        citizen.hang_up()
        (settled,) = wait_for(lambda: world.settled(call), "the durable event", 20)
        assert "failed" in settled
    finally:
        world.emergency_centre.start()


def test_an_unknown_service_is_refused(world: HandoverWorld) -> None:
    world.rest()
    one = world.agents[0]
    citizen, call = world.talk(one)
    with pytest.raises(PeerFailed, match="no-such-handover"):
        world.do(one, call, "handover", service="coastguard")
    assert world.call(call)["handover"] is None
    citizen.hang_up()
