"""The guard of the SIP door without a switch: who is shut out, for how long, who never, and what a hostile
event, a broken file or a database that is away do to it.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, system
from core.clock import ManualClock
from core.ids import uuid7
from core.listening.addresses import Network, network_of
from gateway.ami.client import AmiClient
from gateway.ami.message import AmiEvent
from gateway.ami.settings import AmiSettings
from gateway.asterisk.guard import SipGuardSettings
from gateway.asterisk.settings import AsteriskSettings
from gateway.sip_guard.acl import HEAD, SwitchList, SwitchNotTold, text_of
from gateway.sip_guard.attempts import SipAuthAttempt, attempt_of
from gateway.sip_guard.blocking import Blocking
from gateway.sip_guard.errors import NeverBlocked, NoAddress, NotBlocked
from gateway.sip_guard.model import AddressBlock, BlockingRules, FailureCounter, lasts
from gateway.sip_guard.protected import Protected
from gateway.sip_guard.service import SipGuard
from gateway.sip_guard.store import BlockFile
from tests.waiting import until

OPERATOR = system("operator")


def net(address: str) -> Network:
    found = network_of(address)
    assert found is not None
    return found


def security(name: str, address: str = "203.0.113.7", *more: str, service: str = "PJSIP") -> AmiEvent:
    lines = (
        f"Event: {name}", f"Service: {service}", "AccountID: agent-1",
        f"RemoteAddress: IPV4/UDP/{address}/5060", *more,
    )  # fmt: skip
    return AmiEvent(name, "\n".join(lines).encode())


# --- who is shut out ----------------------------------------------------------------------------


def test_so_many_failures_within_the_time_and_not_fewer_or_slower() -> None:
    watch = FailureCounter(BlockingRules(failures=3, within_s=60))
    one = net("203.0.113.7")
    assert [watch.failed(one, "a", at) for at in (0, 30)] == [None, None]
    found = watch.failed(one, "b", 60)
    assert found is not None
    assert (found.attempts, found.accounts) == (3, 2)
    slow = net("203.0.113.8")
    assert [watch.failed(slow, "a", at) for at in (0, 31, 62, 93)] == [None] * 4


def test_where_a_telephone_signed_in_nobody_is_shut_out_until_it_is_forgotten() -> None:
    watch = FailureCounter(BlockingRules(failures=2, within_s=60, known_s=1000))
    one = net("203.0.113.7")
    watch.succeeded(one, 0)
    assert [watch.failed(one, "a", at) for at in (1, 2, 3)] == [None] * 3
    assert watch.failed(one, "a", 1001) is None
    assert watch.failed(one, "a", 1002) is not None


def test_an_ipv6_address_counts_with_its_whole_network_and_a_mapped_one_as_ipv4() -> None:
    assert str(network_of("2001:db8:1:2:3::4")) == "2001:db8:1:2::/64"
    assert str(network_of("::ffff:203.0.113.7")) == "203.0.113.7/32"
    assert network_of("nowhere") is None


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.floats(0, 1e6)), max_size=200))
def test_however_many_addresses_guess_memory_stays_bounded(tries: list[tuple[int, float]]) -> None:
    watch = FailureCounter(BlockingRules(failures=3), most=20)
    for address, at in tries:
        watch.failed(ipaddress.ip_network(address), "x", at)
        watch.succeeded(ipaddress.ip_network(address ^ 1), at)
        assert len(watch) <= 20


def test_who_comes_back_stays_out_longer_up_to_a_bound() -> None:
    assert [lasts(600, 86_400, times).total_seconds() for times in (0, 1, 2, 50)] == [600, 1200, 2400, 86_400]


# --- what the switch says -----------------------------------------------------------------------


def test_security_events_are_read() -> None:
    assert attempt_of(security("ChallengeResponseFailed")) == SipAuthAttempt(
        "sip", "203.0.113.7", "agent-1", False
    )
    assert attempt_of(security("InvalidPassword", service="AMI")) == SipAuthAttempt(
        "ami", "203.0.113.7", "agent-1", False
    )
    good = attempt_of(security("SuccessfulAuth"))
    assert good is not None
    assert good.good
    assert attempt_of(security("ChallengeSent")) is None


def test_an_event_that_names_two_addresses_accuses_nobody() -> None:
    forged = security("ChallengeResponseFailed", "203.0.113.7", "RemoteAddress: IPV4/UDP/192.0.2.9/1")
    assert attempt_of(forged) is None


@given(st.binary(max_size=300))
def test_any_text_is_read_or_left(text: bytes) -> None:
    attempt_of(AmiEvent("InvalidPassword", b"Event: InvalidPassword\nService: PJSIP\nRemoteAddress: " + text))


# --- the list of the switch, and the file of blocks ------------------------------------------------


def test_the_list_holds_networks_and_nothing_else() -> None:
    told = text_of([net("203.0.113.7"), net("2001:db8::1")])
    assert told == f"{HEAD}deny = 2001:db8::/64\ndeny = 203.0.113.7/32\n"


async def test_a_switch_that_is_not_there_is_told_at_the_next_look(tmp_path: Path) -> None:
    switch = SwitchList(tmp_path / "songhua" / "blocked.conf", tmp_path / "asterisk.ctl")
    assert await switch.put([]) is False
    for _ in range(2):
        with pytest.raises(SwitchNotTold):
            await switch.put([net("203.0.113.7")])


def test_a_broken_row_is_left_and_the_others_hold(tmp_path: Path) -> None:
    file = BlockFile(tmp_path / "blocked.jsonl")
    now = datetime.now(UTC)
    block = AddressBlock(
        uuid7(), "203.0.113.7/32", now, now + timedelta(hours=1), 10, 1, "guessing", "sip-guard"
    )
    file.add(block)
    with (tmp_path / "blocked.jsonl").open("ab") as held:
        held.write(b'\xff{"x": 1\n[]\n{"network": "198.51.100.1/32"}\n' + b"\x00" * 20 + b"\n")
    assert file.holding(now) == [block]
    assert file.lift(block.network, now, "li.na") == 1
    assert file.holding(now) == []
    assert [one.lifted_by for one in file.all()] == ["li.na"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_what_root_writes_at_the_command_line_is_the_services(tmp_path: Path) -> None:
    os.chown(tmp_path, 65_533, 65_534)
    now = datetime.now(UTC)
    file = BlockFile(tmp_path / "blocked.jsonl")
    file.add(AddressBlock(uuid7(), "203.0.113.7/32", now, now + timedelta(hours=1), 0, 0, "by hand", "li.na"))
    for name in ("blocked.jsonl", "blocked.jsonl.lock"):
        made = (tmp_path / name).stat()
        assert (made.st_uid, made.st_gid, made.st_mode & 0o777) == (65_533, 65_534, 0o660)
    (tmp_path / "blocked.jsonl.lock").unlink()
    (tmp_path / "blocked.jsonl.lock").symlink_to("/etc/hostname")
    with pytest.raises(OSError, match=r"lock"):
        file.lift("203.0.113.7/32", now, "li.na")


def test_two_processes_see_each_others_blocks(tmp_path: Path) -> None:
    service, command = BlockFile(tmp_path / "blocked.jsonl"), BlockFile(tmp_path / "blocked.jsonl")
    now = datetime.now(UTC)
    for last in range(1, 4):
        block = AddressBlock(
            uuid7(), f"203.0.113.{last}/32", now, now + timedelta(hours=1), 0, 0, "x", "li.na"
        )
        (command if last % 2 else service).add(block)
        assert len(service.holding(now)) == len(command.holding(now)) == last


# --- the whole of it -----------------------------------------------------------------------------


class Listener:
    """Keeps what was audited; `away` is a database that does not answer."""

    def __init__(self) -> None:
        self.audited: list[tuple[str, str]] = []

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.audited.append((action, subject))


class Stage:
    def __init__(self, folder: Path, **more: Any) -> None:
        guard = SipGuardSettings(failures=3, **more)
        raw = {
            "directories": {"etc": "/etc/asterisk", "prompts": "/p", "recordings": "/r"},
            "ami": {"secret": "k" * 32},
            "trunks": [{"name": "carrier", "match": ["198.51.100.0/24"]}],
        }
        switch = AsteriskSettings.model_validate(raw).model_copy(update={"guard": guard})
        self.clock = ManualClock(datetime.now(UTC))
        self.audit = Listener()
        self.alerted: list[SipAuthAttempt] = []
        self.enough = 0
        protected = Protected(switch)
        self.file = BlockFile(folder / "blocked.jsonl")
        self.blocking = Blocking(guard, self.file, protected, self.audit, self.clock)
        self.told: list[set[str]] = []
        client = AmiClient(AmiSettings.model_validate({"secret": "k" * 32}))
        self.guard = SipGuard(
            guard, client, self.blocking, self.switch(folder), protected, alert=self.alert,
            clock=self.clock,
        )  # fmt: skip

    def alert(self, attempt: SipAuthAttempt, *, enough: bool) -> None:
        self.alerted.append(attempt)
        self.enough += enough

    def switch(self, folder: Path) -> SwitchList:
        told = self.told

        class Told(SwitchList):
            async def put(self, networks: object) -> bool:
                assert isinstance(networks, frozenset)
                told.append({str(one) for one in networks})
                return True

        return Told(folder / "blocked.conf", folder / "asterisk.ctl")

    async def fail(self, address: str, times: int = 3) -> None:
        for _ in range(times):
            await self.guard.take(security("ChallengeResponseFailed", address))
        await self.guard.look()


async def test_guessing_is_told_to_the_switch_recorded_audited_and_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.fail("203.0.113.7")
    assert stage.told[-1] == {"203.0.113.7/32"}
    (row,) = await stage.blocking.holding()
    assert (row.attempts, row.reason, row.added_by) == (3, "guessing", "system:sip-guard")
    assert stage.audit.audited == [("sip-block", "address:203.0.113.7/32")]
    assert (len(stage.alerted), stage.enough) == (3, 1)
    assert stage.guard.health().state == "degraded"
    stage.clock.advance(601)
    await stage.guard.look()
    assert stage.told[-1] == set()
    assert stage.guard.health().state == "up"
    for address in ("203.0.113.7", "203.0.113.8"):
        for _ in range(3):
            await stage.guard.take(security("ChallengeResponseFailed", address))
    await stage.guard.look()
    held = {one.network: one.until - one.since for one in await stage.blocking.holding()}
    assert held == {"203.0.113.7/32": timedelta(seconds=1200), "203.0.113.8/32": timedelta(seconds=600)}
    assert [subject for _, subject in stage.audit.audited[1:]] == [f"address:{network}" for network in held]


@pytest.mark.parametrize("address", ["127.0.0.1", "198.51.100.77", "192.0.2.200"])
async def test_no_trunk_and_no_named_address_is_shut_out(tmp_path: Path, address: str) -> None:
    stage = Stage(tmp_path, never=("192.0.2.0/24",))
    await stage.fail(address, 20)
    assert stage.told[-1] == set()
    with pytest.raises(NeverBlocked):
        await stage.blocking.by_hand(OPERATOR, address, reason="x", lasts_for=timedelta(hours=1))


async def test_what_a_person_lifts_is_let_in_at_the_next_look(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.fail("203.0.113.7")
    assert await stage.blocking.lift(OPERATOR, "203.0.113.7") == "203.0.113.7/32"
    await stage.guard.look()
    assert stage.told[-1] == set()
    with pytest.raises(NotBlocked):
        await stage.blocking.lift(OPERATOR, "203.0.113.7")
    with pytest.raises(NoAddress):
        await stage.blocking.lift(OPERATOR, "203.0.113.7; deny = all")


async def test_a_guard_that_is_switched_off_lets_in_who_was_shut_out(tmp_path: Path) -> None:
    stage = Stage(tmp_path, enabled=False)
    await stage.guard.start()
    await until(lambda: bool(stage.told), "the list of nobody")
    await stage.guard.stop()
    assert stage.told == [set()]
    assert stage.guard.health().state == "up"


async def test_a_guess_at_the_managers_door_alerts_and_blocks_no_sip(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for _ in range(9):
        await stage.guard.take(security("InvalidPassword", service="AMI"))
    await stage.guard.look()
    assert len(stage.alerted) == 9
    assert stage.told[-1] == set()
