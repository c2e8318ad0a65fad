"""`songhua channels check` against the simulated WeChat server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.commands.channels import app
from gateway.commands.common import FAILED
from tests.peers.simulated_wechat import SimulatedWeChat


def told(file: Path, peer: SimulatedWeChat, **changed: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of the command with these settings."""
    keys = {
        "app_id": peer.app_id, "app_secret": peer.secret, "token": peer.token,
        "encoding_aes_key": peer.aes_key, "api": peer.address, **changed,
    }  # fmt: skip
    lines = ["[citizen.wechat]", "enabled = true", *(f'{name} = "{text}"' for name, text in keys.items())]
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    found = CliRunner().invoke(app, ["check", "--json", "--config", str(file)])
    assert not any(one in found.output for one in (peer.secret, peer.token, peer.aes_key))
    return found.exit_code, {one["name"]: one for one in json.loads(found.stdout)}["wechat"]


async def test_it_says_whether_wechat_accepts_the_account(tmp_path: Path) -> None:
    file = tmp_path / "songhua.toml"
    async with SimulatedWeChat().running() as peer:
        code, found = await asyncio.to_thread(told, file, peer)
        assert (code, found["enabled"], found["why"]) == (0, True, "")
        code, found = await asyncio.to_thread(told, file, peer, app_secret="f" * 32)
        assert code == FAILED
        assert "40125" in found["why"]
        peer.down = True
        code, found = await asyncio.to_thread(told, file, peer)
        assert code == FAILED
        assert "does not answer" in found["why"]
    assert peer.sent == []


@pytest.mark.parametrize("text", ["", "[citizen.wechat]\nenabled = false\n"])
def test_a_channel_that_is_off_is_said_to_be_off(tmp_path: Path, text: str) -> None:
    file = tmp_path / "songhua.toml"
    file.write_text(text)
    found = CliRunner().invoke(app, ["check", "--config", str(file)])
    assert found.exit_code == 0
    assert "wechat: off" in found.output
