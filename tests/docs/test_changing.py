"""The tables of docs/changing.md: their files exist, and are as few as was promised."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from citizen.channels.installed import channels
from citizen.rights import RIGHTS
from citizen.settings import CitizenSettings
from tests.peers.checkout import CHECKOUT

PAGE: Final = CHECKOUT / "docs" / "changing.md"
MOST_FILES: Final = {"Add a field to a case": 15, "Add a channel of citizens": 10}
OF_THE_ROOM: Final = {"timezone_h", "kept_days", "message_doubt_s", "ratings_per_address_hour", "email"}
PATH: Final = re.compile(r"`([\w./-]+)`( \((?:a new file|new files)\))?")
CHANNELS: Final = CHECKOUT / "citizen" / "channels"
OF_CREWS: Final = {
    "wechat": {
        "field/contract/mobile/messages.py", "field/wechat/centre/service.py", "field/wechat/messages.py",
        "gateway/mqtt/acl.py", "gateway/mqtt/asyncapi.py", "gateway/web/phone.py",
        "gateway/wiring/centre.py", "gateway/wiring/crew_wechat.py",
    },
}  # fmt: skip
"""A name that is also one of a terminal's topics: crews bind an account of their own."""


def _table(heading: str) -> list[tuple[str, bool]]:
    """Each file of the section's table, and whether it is new."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [(path, bool(new)) for row in rows for path, new in PATH.findall(row)]


@pytest.mark.parametrize("heading", MOST_FILES)
def test_every_file_of_a_table_exists(heading: str) -> None:
    assert [path for path, _ in _table(heading) if not (CHECKOUT / path).exists()] == []


def test_a_field_of_a_case_touches_at_most_fifteen_files() -> None:
    assert 0 < len(_table("Add a field to a case")) <= MOST_FILES["Add a field to a case"]


def test_a_channel_touches_at_most_ten_files_that_exist() -> None:
    existing = [path for path, new in _table("Add a channel of citizens") if not new]
    assert 0 < len(existing) <= MOST_FILES["Add a channel of citizens"]


def _names_it(file: Path, name: str) -> bool:
    return re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) is not None


def test_each_channel_is_where_the_table_says_and_nowhere_else() -> None:
    folders = sorted(folder.name for folder in CHANNELS.iterdir() if (folder / "channel.py").exists())
    assert folders == sorted(set(CitizenSettings.model_fields) - OF_THE_ROOM)
    assert channels.__module__ == "citizen.channels.installed"
    assert RIGHTS
    listed = {path for path, new in _table("Add a channel of citizens") if not new}
    rooms = ("cases", "cdr", "citizen", "core", "field", "gateway", "hotline", "identity", "privacy")
    for name in folders:
        files = {
            str(file.relative_to(CHECKOUT))
            for room in rooms
            for file in (CHECKOUT / room).rglob("*.py")
            # `CaseSource` names every source of GB/T 30428.1, whether there is a channel or not.
            if not file.is_relative_to(CHANNELS / name) and file.name != "events.py" and _names_it(file, name)
        }
        assert files - OF_CREWS.get(name, set()) <= listed, (
            f"{name} is named in a file that the table does not list"
        )
