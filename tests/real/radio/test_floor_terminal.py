"""`songhua unit talk` and the talk button of `songhua unit run`, as programs of their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.peers.checkout import CHECKOUT
from tests.real.radio.stage import CREW, GROUP, OTHER, STRANGER, TalkgroupStage
from tests.waiting import until

pytestmark = pytest.mark.real


@dataclass
class Command:
    """A running `songhua unit …`; `lines` are what it said, one JSON object each."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [line["kind"] for line in self.lines if line["kind"].startswith("floor_")]

    def last(self, kind: str) -> dict[str, Any]:
        return [line for line in self.lines if line["kind"] == kind][-1]

    async def until(self, kind: str) -> dict[str, Any]:
        await until(lambda: kind in self.kinds(), f"{kind} in {self.lines}", 30)
        return self.last(kind)

    def key(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(json.loads(line))

    async def ended(self) -> int:
        async with asyncio.timeout(60):
            return await self.process.wait()


@asynccontextmanager
async def unit(stage: TalkgroupStage, folder: Path, uid: str, *words: str) -> AsyncIterator[Command]:
    account = stage.account(uid)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "unit", *words, "--uid", uid,
        "--broker", f"127.0.0.1:{account.port}", "--json", "--language", "en",
        cwd=CHECKOUT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ, "SONGHUA_UNIT_PASSWORD": account.password.get_secret_value(),
            "XDG_STATE_HOME": str(folder), "SONGHUA__TENANT": account.tenant,
        },
    )  # fmt: skip
    command = Command(process)
    reading = asyncio.ensure_future(command.read())
    try:
        yield command
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


async def test_the_command_talks_for_a_while_and_lets_go_or_says_why_it_may_not(
    stage: TalkgroupStage, tmp_path: Path
) -> None:
    other = await stage.handset(OTHER)
    async with (
        unit(stage, tmp_path / "stranger", STRANGER, "talk", GROUP) as stranger,
        unit(stage, tmp_path / "crew", CREW, "talk", GROUP, "--seconds", "1") as command,
    ):
        assert await command.ended() == 0
        assert await stranger.ended() == 1
    assert command.kinds() == ["floor_there", "floor_granted", "floor_let_go"]
    assert command.last("floor_granted")["limit_s"] == 60
    await until(lambda: [one.event for one in other.talkers][-2:] == ["start", "stop"], "whole talk")
    assert other.talkers[-1].cause == ""
    assert {one.talker.party for one in other.talkers} == {CREW}
    assert stranger.last("floor_denied")["cause"] == "not_a_member"


async def test_a_killed_terminal_leaves_the_floor_to_the_next_one(
    stage: TalkgroupStage, tmp_path: Path
) -> None:
    other = await stage.handset(OTHER)
    async with unit(stage, tmp_path, CREW, "talk", GROUP, "--seconds", "60") as command:
        await command.until("floor_granted")
        command.process.send_signal(signal.SIGKILL)
        await command.process.wait()
        await other.press()
        await other.until_told("granted")
    (stop,) = [one for one in other.talkers if (one.event, one.talker.party) == ("stop", CREW)]
    assert stop.cause in {"dead_key", "unreachable"}


async def test_a_waiting_terminal_is_told_its_place_talks_in_its_turn_and_ends_when_it_is_talked_over(
    stage: TalkgroupStage, tmp_path: Path
) -> None:
    other = await stage.handset(OTHER)
    await other.press()
    await other.until_told("granted")
    async with unit(stage, tmp_path, CREW, "talk", GROUP, "--seconds", "60") as command:
        await command.until("floor_queued")
        # Longer than a press counts as fresh, and than the terminal waits for an answer.
        await asyncio.sleep(7)
        await other.let_go()
        await command.until("floor_granted")
        await other.press(emergency=True)
        await other.until_told("granted")
        assert await command.ended() == 1
    assert {line["position"] for line in command.lines if line["kind"] == "floor_queued"} == {1}
    assert command.last("floor_revoked")["cause"] == "pre_empted"


@pytest.mark.own_process
async def test_a_role_started_anew_does_not_leave_a_terminal_waiting(
    stage: TalkgroupStage, tmp_path: Path
) -> None:
    other = await stage.handset(OTHER)
    await other.press()
    await other.until_told("granted")
    async with unit(stage, tmp_path, CREW, "talk", GROUP) as command:
        await command.until("floor_queued")
        stage.radio.kill()
        await asyncio.to_thread(stage.radio.start)
        assert await command.ended() == 1
    assert command.kinds()[-1] in {"floor_denied", "floor_silent"}


async def test_the_terminal_of_the_command_line_has_a_talk_button(
    stage: TalkgroupStage, tmp_path: Path
) -> None:
    other = await stage.handset(OTHER)
    async with unit(stage, tmp_path, CREW, "run", "--group", GROUP) as command:
        await until(
            lambda: "online" in [line["kind"] for line in command.lines], "terminal that is online", 30
        )
        await command.until("floor_there")
        command.key("t")
        await command.until("floor_granted")
        await until(
            lambda: other.state.talker is not None and other.state.talker.party == CREW, "talk of the crew"
        )
        started = await command.until("floor_start")
        assert (started["party"], started["talkgroup"]) == (CREW, GROUP)
        # Held for longer than the watchdog waits.
        await asyncio.sleep(3)
        assert other.state.talker is not None
        command.key("t")
        await command.until("floor_let_go")
        await command.until("floor_stop")
        await until(lambda: other.state.talker is None, "free floor")
        command.key("T")
        await until(lambda: other.state.talker is not None and other.state.talker.emergency, "emergency")
        command.key("q")
        assert await command.ended() == 0
    await until(lambda: other.state.talker is None, "a terminal that let go at its end")
