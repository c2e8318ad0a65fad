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
    shown = shell("warning", "show", made["warning_id"])
    assert (shown["warning"]["state"], shown["counts"]) == ("waiting", [])


def test_recipients_are_imported_listed_and_removed_with_their_numbers_masked(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    table = "name,number,role,area\n赵村长,13904510001,村主任,230102\n".encode()
    file = shell.file("recipients.csv", table)
    tried = shell("warning", "recipients", "import", file, "--dry-run")
    assert (tried["added"], tried["applied"]) == (1, False)
    told = shell("warning", "recipients", "import", file)
    assert [(one["act"], one["key"]) for one in told["lines"]] == [("add", "•••••••0001")]
    (one,) = shell("warning", "recipients", "list")
    assert (one["number"], one["area"]["districts"]) == ("•••••••0001", ["230102"])
    (one,) = shell("warning", "recipients", "list", "--numbers")
    assert one["number"] == "13904510001"
    wrong = shell.file("wrong.csv", "name,number,area\n钱,12,beat:NONE\n".encode())
    refused = shell("warning", "recipients", "import", wrong, code=1)
    assert [one["problems"][0]["column"] for one in refused["lines"]] == ["area"]
    assert shell("warning", "recipients", "remove", "13904510001") == {"removed": 1}
    assert shell("warning", "recipients", "list") == []


def test_sirens_are_asked_what_they_do_and_one_that_is_away_is_a_fault(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell("warning", "sirens") == []
    with (tmp_path / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write('[warning.sirens.daoli-1]\nhost = "127.0.0.1"\nport = 1\nlon = 126.6\nlat = 45.75\n')
    (one,) = shell("warning", "sirens", code=1)
    assert (one["siren"], one["activity"], one["order"]) == ("daoli-1", "away", None)


def test_paging_groups_are_listed_with_why_they_cannot_be_paged(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell("warning", "paging") == []
    with (tmp_path / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            '[warning.paging.groups.park]\naddress = "239.192.10.1"\nport = 5004\nplaces = [[126.6, 45.75]]\n'
        )
    (one,) = shell("warning", "paging", code=1)
    assert (one["group"], one["address"], one["port"], one["codec"]) == ("park", "239.192.10.1", 5004, "ulaw")
    assert (one["places"], one["why"]) == ([[126.6, 45.75]], "paging is off")
