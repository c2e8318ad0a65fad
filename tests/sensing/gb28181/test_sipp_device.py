"""A second device, which SIPp simulates with a Digest of its own: it registers and says that it is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.storage import Storage
from tests.peers.checkout import program
from tests.peers.ports import free_port
from tests.peers.sipp import SCENARIOS
from tests.sensing.gb28181.test_platform import OTHER, PASSWORD, SERVER, world
from tests.waiting import until

pytestmark = pytest.mark.real


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_sipp_registers_and_says_that_it_is_there(
    storage: Storage, tmp_path: Path, transport: str
) -> None:
    async with world(storage) as one:
        keys = {"server": SERVER, "realm": SERVER[:10], "device": OTHER}
        given = [word for name, value in keys.items() for word in ("-key", name, value)]
        sipp = await asyncio.create_subprocess_exec(
            program("sipp", package="sip-tester"), f"127.0.0.1:{one.settings.gb28181.port}", *given,
            "-sf", str(SCENARIOS / "gb28181_device.xml"), "-m", "1", "-t", transport, "-i", "127.0.0.1",
            "-p", str(free_port()), "-timeout", "60s", "-nostdin", "-au", OTHER, "-ap", PASSWORD,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            cwd=tmp_path, env={"TERM": "dumb"},
        )  # fmt: skip
        told = (await sipp.communicate())[1].decode()
        assert sipp.returncode == 0, told
        state = one.platform.registrar.devices[OTHER]
        if transport == "u1":
            assert state.up
        else:
            await until(lambda: state.why == "disconnected", "its connection has ended")
