"""`songhua citizen` on a database: messages without numbers, opt-outs, rates."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from citizen.followup.model import FollowUpRules, SamplingRow
from gateway.cli import build
from tests.citizen.test_follow_ups import NUMBER, closed, followed
from tests.storage import empty_sqlite

BY_TEXT = FollowUpRules.model_validate({"delay_h": 0, "sampling": [SamplingRow(percent=100, way="sms")]})


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings with a database that has a message and an answered follow-up."""
    file = tmp_path / "ledger.sqlite"

    async def fill() -> None:
        storage = empty_sqlite(file)
        async with followed(storage, BY_TEXT) as on:
            await closed(on)
            await on.citizen.follow_ups.ask_due()
            await on.citizen.follow_ups.rate_by_text(NUMBER, "122")
        await storage.close()

    asyncio.run(fill())
    settings = tmp_path / "songhua.toml"
    settings.write_text(f'[storage]\nurl = "sqlite+aiosqlite:///{file}"\n', encoding="utf-8")
    return settings


def asked(config: Path, *words: str) -> dict[str, object]:
    found = CliRunner().invoke(build(["citizen"]), ["citizen", *words, "--json", "--config", str(config)])
    assert found.exit_code == 0, found.output
    told: dict[str, object] = json.loads(found.stdout)
    return told


def test_messages_are_listed_without_numbers(config: Path) -> None:
    told = asked(config, "messages")
    assert told["states"] == {"waiting": 1}
    assert NUMBER not in json.dumps(told)
    assert asked(config, "messages", "--state", "expired")["messages"] == []


def test_a_number_opts_out_and_in_again(config: Path) -> None:
    assert asked(config, "opt-out", NUMBER)["opted_out_since"]
    assert asked(config, "messages")["opted_out"] == 1
    assert asked(config, "opt-out", NUMBER, "--in")["opted_out_since"] is None
    assert asked(config, "opt-out", NUMBER, "--calls")["calls_since"]
    assert asked(config, "opt-out", NUMBER, "--texts") == {"opted_out_since": None, "calls_since": None}


def test_rates_are_shares_of_who_answered(config: Path) -> None:
    rows = asked(config, "rates", "--by", "source")["rates"]
    assert isinstance(rows, list)
    (row,) = rows
    told = (row["group"], row["response"], row["resolution"], row["satisfaction"], row["open_concerns"])
    assert told == ("sms", 1.0, 0.0, 1.0, 1)
