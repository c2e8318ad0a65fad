"""A patched telephone that talks by voice, on a real switch and a real reflector."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.real.radio.patch_world import AIR, CITIZEN, NOTHING, PatchWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

SPEAKS_S, SILENT_S = 2.0, 3.0
HANG_S = 0.6
PERIOD_S = SPEAKS_S + SILENT_S


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PatchWorld]:
    folder = tmp_path_factory.mktemp("voice")
    with PatchWorld(folder, speaks_s=SPEAKS_S, silent_s=SILENT_S) as made:
        made.patch(made.call(), keying="voice")
        wait_for(lambda: (made.patched() or {}).get("keying") == "voice", "patch by voice")
        wait_for(made.carried, "leg to the role radio")
        yield made
        made.end_call()


def test_who_speaks_is_heard_from_his_first_syllable_on_and_is_off_the_air_while_he_is_silent(
    world: PatchWorld,
) -> None:
    world.until_talking(talks=True, timeout=PERIOD_S + 1)
    world.until_talking(talks=False, timeout=PERIOD_S)
    world.radio_set.listen_anew()
    off_air, until = 0, time.monotonic() + 2 * PERIOD_S
    while time.monotonic() < until:
        off_air += not world.on_air()
        time.sleep(0.1)
    heard = world.radio_set.transmitted()
    assert world.tone(heard, CITIZEN) > 2 * SPEAKS_S - 0.4
    assert off_air / 10 > 2 * (SILENT_S - HANG_S - 1.0)


def test_while_a_radio_talks_he_is_muted_and_his_keys_work_as_well(world: PatchWorld) -> None:
    world.until_talking(talks=False, timeout=PERIOD_S)
    world.radio_set.say(AIR, PERIOD_S + 1.0)
    world.until_heard(world.agent.phone, AIR)
    (own, air) = world.heard_by(world.agent.phone, PERIOD_S - 0.5, CITIZEN, AIR)
    assert own < NOTHING
    assert air > PERIOD_S - 1.5
    wait_for(lambda: not world.radio_set.talks, "end of the radio's talk")
    # Whoever speaks on after it, or anew, is on the air again.
    world.until_talking(talks=True, timeout=PERIOD_S + 1)
    world.until_talking(talks=False, timeout=PERIOD_S)
    world.citizen.press("*")
    world.until_talking(talks=True, timeout=1)
    world.citizen.press("#")
    world.until_talking(talks=False, timeout=1)


@pytest.mark.own_process
def test_a_role_centre_that_is_started_anew_lets_him_talk_by_voice_as_before(world: PatchWorld) -> None:
    world.service.program.kill()
    world.restart_centre()
    wait_for(lambda: (world.patched() or {}).get("keying") == "voice", "patch as the switch has it", 15)
    world.until_talking(talks=True, timeout=PERIOD_S + 2)
    world.until_talking(talks=False, timeout=PERIOD_S)
