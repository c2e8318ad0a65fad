"""`songhua cameras` on a database: trial, import, list, and which cameras see a place."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.test_places_commands import Shell
from tests.sensing.test_register import DOME, HEADER, NORTH


def test_a_city_brings_its_cameras_and_finds_those_that_see_a_place(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with (tmp_path / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write('[sensing.accounts.police]\nuser = "songhua"\npassword = "camera-password-1"\n')
    table = shell.file("cameras.csv", (HEADER + NORTH + DOME).encode("gb18030"))
    assert shell("cameras", "import", table, "--dry-run")["applied"] is False
    assert shell("cameras", "list") == []
    assert shell("cameras", "import", table)["added"] == 2
    found = shell("cameras", "nearest", "126.65,45.7505")
    assert [(one["code"], one["state"], round(one["metres"])) for one in found] == [
        ("N1", "unknown", 56), ("D1", "unknown", 96),
    ]  # fmt: skip
    assert shell("cameras", "nearest", "126.70,45.70", code=1) == []
    listed = shell("cameras", "list")
    assert [one["code"] for one in listed] == ["D1", "N1"]
    assert "10.1.0" not in str(listed), "where cameras are reached is for the settings' machine"
    wrong = shell.file("wrong.csv", HEADER + NORTH.replace("rtsp://", "rtsp://u:camera-password-1@"))
    told = shell("cameras", "import", wrong, code=1)
    assert told["lines"][0]["act"] == "refused"
    assert "camera-password-1" not in str(told)


def test_devices_that_register_are_told_before_they_come(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with (tmp_path / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write('[sensing.gb28181.devices.23010300001180000001]\npassword = "camera-password-1"\n')
    (device,) = shell("cameras", "gb28181")
    assert (device["device"], device["state"], device["why"]) == ("23010300001180000001", "away", "never")
    assert "camera-password-1" not in str(device)
