"""`songhua cameras` on a database: trial, import, list, and which cameras see a place."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

from tests.gateway.test_places_commands import Shell
from tests.peers.simulated_onvif_camera import simulated_onvif_camera
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


def test_clips_are_listed_for_who_has_to_prove_them(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell("cameras", "clips") == []


async def test_a_range_is_asked_for_cameras_that_come_as_a_table(tmp_path: Path) -> None:
    shell = await asyncio.to_thread(Shell, tmp_path)
    with (tmp_path / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write('[sensing]\nnetworks = ["127.9.3.0/24"]\n')
        settings.write('[sensing.accounts.own]\nuser = "admin"\npassword = "camera-12345"\n')
    table = tmp_path / "found.csv"
    async with simulated_onvif_camera(host="127.9.3.1", user="admin", password="camera-12345") as peer:
        more = ["--account", "own", "--port", str(peer.port), "--csv", str(table)]
        told = await asyncio.to_thread(shell, "cameras", "discover", "127.9.3.0/30", *more)
        assert told["asked"] == 2
        (device,) = told["devices"]
        assert (device["address"], device["manufacturer"], device["serial_number"]) == (
            peer.address, "Simulated", "SN0042",
        )  # fmt: skip
        assert device["profiles"][0]["width"] == 2560
        asked = len(peer.questions)
        await asyncio.to_thread(shell, "cameras", "discover", "127.0.0.0/30", *more, code=1)
        await asyncio.to_thread(shell, "cameras", "discover", "camera.example", *more, code=2)
        await asyncio.to_thread(shell, "cameras", "discover", "127.9.3.0/30", "--account", "none", code=2)
        assert len(peer.questions) == asked
    assert "camera-12345" not in table.read_text(encoding="utf-8")
    found = await asyncio.to_thread(shell, "cameras", "import", str(table), "--dry-run", code=1)
    assert [line["act"] for line in found["lines"]] == ["refused"], "nobody said where it stands"
    (row,) = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    with table.open("w", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(row))
        writer.writeheader()
        writer.writerow({**row, "lon": "126.65", "lat": "45.75"})
    assert (await asyncio.to_thread(shell, "cameras", "import", str(table)))["added"] == 1
    (listed,) = await asyncio.to_thread(shell, "cameras", "list")
    assert (listed["source"], listed["kind"], listed["turns"]) == ("onvif", "ptz", True)
