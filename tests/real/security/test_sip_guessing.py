"""Who guesses a telephone's password is shut out of SIP after a few tries, on the real switch with the real
service; trunks, telephones that have signed in, and calls notice nothing of it.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.asterisk.guard import SipGuardSettings
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.hostile_sip import HostileSip, Invite
from tests.peers.program import PeerFailed
from tests.peers.songhua import Person, SonghuaPeer
from tests.peers.world import PeerWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

TRUNK, GUESSER, OFFICE, ANOTHER = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"
FAILURES, BLOCK_S = 10, 5
GUESSES_S = 3
"""How long somebody guesses. Without a guard each try is checked, hundreds in a second; with it the most are
refused unseen: the list is at the switch within half of that time, on a busy machine too.
"""
PERSON = Person("user.1", "agent-1", ("agent",), endpoint="agent-1")
SUPERVISOR = Person("zhao.lei", "赵磊", ("supervisor", "admin"))


class GuardedSwitch(PeerWorld):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        guard = SipGuardSettings(failures=FAILURES, block_s=BLOCK_S, block_most_s=60)
        settings = private_settings(folder / "asterisk").model_copy(update={"guard": guard})
        self.switch = AsteriskPeer(settings)
        self.service: SonghuaPeer

    def start(self) -> None:
        self._ends.callback(self.switch.close)
        self.switch.start()
        self.service = SonghuaPeer(self.folder / "service", asterisk=self.switch, broker=None)
        self._ends.callback(self.service.close)
        self.service.prepare([PERSON, SUPERVISOR])
        self.service.start(role="centre")
        self.service.wait_healthy("asterisk", "sip-guard")

    def party(self, address: str) -> HostileSip:
        sip = HostileSip(self.switch.ports.sip, address=address)
        self._ends.callback(sip.close)
        return sip

    def guess(self, sip: HostileSip, seconds: float) -> tuple[int, int]:
        """Guess for so long: how many tries were checked, how many refused unseen."""
        statuses: list[int] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            statuses.append(sip.guess("agent-1", f"guess-{len(statuses)}"))
        return statuses.count(401), statuses.count(403)

    def blocked(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.service.run("sip", "blocked", "--ended", "--json"))[
            "blocked"
        ]
        return rows

    def part(self) -> dict[str, Any]:
        return next(one for one in self.service.health()["parts"] if one["part"] == "sip-guard")

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"{self.service.address}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"songhua_{name}"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedSwitch]:
    with GuardedSwitch(tmp_path_factory.mktemp("guarded")) as made:
        yield made


def test_who_guesses_is_shut_out_and_nobody_else(world: GuardedSwitch) -> None:
    guesser, trunk, office = world.party(GUESSER), world.party(TRUNK), world.party(OFFICE)
    secret = world.switch.settings.agents[0].secret.get_secret_value()
    assert office.guess("agent-1", secret) == 200
    stands = HostileSip(world.switch.ports.sip)
    try:
        assert stands.begin(Invite()) == 200
        checked, refused = world.guess(guesser, GUESSES_S)
        assert FAILURES <= checked < refused
        assert world.switch.channels() == 1, "the call goes on"
    finally:
        stands.finish()
        stands.close()
    assert trunk.invite(Invite()) == 200
    assert office.guess("agent-1", secret) == 200
    (row,) = world.blocked()
    assert (row["network"], row["reason"], row["attempts"]) == (f"{GUESSER}/32", "guessing", FAILURES)
    assert world.part()["state"] == "degraded"
    (attack,) = world.service.sign_in(SUPERVISOR).get("/api/attacks")["attacks"]
    assert attack["addresses"] == [GUESSER]
    assert world.metric("sip_blocks_total") == 1
    # The time of its block passes, and it may come in again.
    wait_for(lambda: guesser.guess("agent-1") == 401, "the end of the block", 20)


def test_a_trunk_and_a_telephone_that_signed_in_are_never_shut_out_for_failures(world: GuardedSwitch) -> None:
    secret = world.switch.settings.agents[0].secret.get_secret_value()
    for address in (TRUNK, OFFICE):
        party = world.party(address)
        if address == OFFICE:
            assert party.guess("agent-1", secret) == 200
        assert [party.guess("agent-1") for _ in range(3 * FAILURES)] == [401] * 3 * FAILURES
    wait_for(lambda: world.metric("sip_blocks_spared_total") >= 1, "the switch's word about the trunk")
    time.sleep(1.5)  # the list would have been written by then
    assert world.party(TRUNK).invite(Invite()) == 200
    assert world.party(OFFICE).guess("agent-1", secret) == 200


def test_a_person_shuts_out_and_lets_in_at_the_command_line(world: GuardedSwitch) -> None:
    another = world.party(ANOTHER)
    assert another.register("agent-1") == 401
    told = json.loads(world.service.run("sip", "block", ANOTHER, "--reason", "calls at night", "--json"))
    assert told["holds"]
    wait_for(lambda: another.register("agent-1") == 403, "the block")
    world.service.run("sip", "unblock", ANOTHER)
    wait_for(lambda: another.register("agent-1") == 401, "its end")
    (row,) = (row for row in world.blocked() if row["network"] == f"{ANOTHER}/32")
    assert (row["holds"], row["reason"]) == (False, "calls at night")
    with pytest.raises(PeerFailed, match="ended with 1"):
        world.service.run("sip", "block", TRUNK, "--reason", "x")
    assert world.party(TRUNK).invite(Invite()) == 200
