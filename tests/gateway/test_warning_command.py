"""`songhua warning` on a database: what a message would do, why it is refused; it waits for people."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.gateway.test_places_commands import Shell
from tests.warning.caps import BUREAU, cap, keys
from warning.cap.signature import signed_bytes
from warning.cap.writing import write


def test_a_message_is_checked_imported_and_waits_for_people(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    bureau = keys(tmp_path)
    with (tmp_path / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[warning.senders."{BUREAU}"]\ncertificate_file = "{bureau.certificate_file}"\n')
    message = cap(now=datetime.now(UTC).replace(microsecond=0))
    file = shell.file("rain.xml", signed_bytes(message, bureau.key, bureau.certificate))
    told = shell("warning", "check", file)
    assert (told["effect"], told["signed"], told["people"], told["refusals"]) == ("alert", True, 2, [])
    bare = shell("warning", "check", shell.file("bare.xml", write(message)), code=1)
    assert [one["kind"] for one in bare["refusals"]] == ["unsigned"]
    assert bare["refusals"][0]["remedy"]
    junk = shell("warning", "check", shell.file("junk.xml", b"\x00<"), code=1)
    assert [one["kind"] for one in junk["refusals"]] == ["not-xml"]
    assert shell("warning", "list") == []
    made = shell("warning", "import", file)
    assert made["state"] == "waiting"
    assert [one["kind"] for one in shell("warning", "check", file, code=1)["refusals"]] == ["duplicate"]
    assert [one["state"] for one in shell("warning", "list")] == ["waiting"]
