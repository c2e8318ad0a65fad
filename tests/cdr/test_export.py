"""A bundle that a court can check: with openssl and sha256sum alone, and one flipped byte shows."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdr.errors import DamagedRecording, ExportFailed, NotSignedYet, VaultTrouble
from cdr.export.bundle import Exported, ExportPaths, export
from cdr.recordings.vault import keys
from cdr.recordings.vault.worker import EncryptionWorker
from core.ids import call_id
from tests.cdr.script import CITIZEN, Script
from tests.cdr.test_chain import lived
from tests.cdr.world import World

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None or shutil.which("sha256sum") is None, reason="openssl is not here"
)


class Bundle:
    def __init__(self, exported: Exported, folder: Path) -> None:
        self.exported = exported
        self.folder = folder
        with zipfile.ZipFile(exported.file) as archive:
            archive.extractall(folder)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True, timeout=30, check=False)

    def told(self) -> list[list[str]]:
        """The commands of VERIFY.txt, each once, as they stand there."""
        lines = (self.folder / "VERIFY.txt").read_text("utf-8").splitlines()
        found = [
            line.split() for line in lines if line.startswith(("   openssl ", "   sha256sum ", "   python3 "))
        ]
        unique = [list(words) for words in dict.fromkeys(tuple(words) for words in found)]
        return [words for words in unique if "|" not in words]

    def holds(self) -> bool:
        return all(self.run(*words).returncode == 0 for words in self.told())

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text("utf-8"))


@pytest.fixture
async def told(world: World) -> Script:
    story = await lived(world)
    await world.settle()
    await world.signer.sign_once()
    return story


def places(world: World) -> ExportPaths:
    return ExportPaths(world.key, world.heads, world.recordings, world.settings.recordings_key_file)


async def bundle(world: World, told: Script, *, reveal: bool = True) -> Bundle:
    out = world.folder / f"bundle-{reveal}.zip"
    made = await export(
        world.storage, str(call_id("songhua", told.ids["trunk"])), out, places(world), reveal=reveal
    )
    return Bundle(made, world.folder / f"unpacked-{reveal}")


@pytest.mark.parametrize("reveal", [True, False])
async def test_everything_that_verify_txt_says_works(world: World, told: Script, reveal: bool) -> None:
    made = await bundle(world, told, reveal=reveal)
    assert len(made.told()) == 4
    for words in made.told():
        done = made.run(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
    signature = made.run(*made.told()[0])
    assert "Signature Verified Successfully" in signature.stdout
    assert ": OK" in made.run("sha256sum", "-c", "MANIFEST.sha256").stdout
    assert made.run("python3", "verify.py").stdout.strip().endswith("0 wrong")
    assert made.exported.file.stat().st_mode & 0o777 == 0o600
    printed = made.run("sh", "-c", "openssl pkey -pubin -in public.pem -outform DER | sha256sum").stdout
    assert printed.split()[0] == made.exported.fingerprint


async def test_it_holds_the_whole_record(world: World, told: Script) -> None:
    made = await bundle(world, told)
    record = made.json("record.json")
    assert record["call"]["number"] == CITIZEN
    assert len(record["transcript"]["segments"]) == 2
    assert len(record["transcript"]["gaps"]) == 1
    assert {one["what"] for one in record["timeline"]} >= {
        "started",
        "queued",
        "bridged",
        "said",
        "gap",
        "ended",
    }
    kinds = {one["kind"] for one in made.json("records.json")}
    assert kinds >= {"call", "leg", "recording", "segment", "gap", "filing", "agent-state", "confidential"}
    sounds = sorted((made.folder / "recordings").glob("*.alaw"))
    files = [world.recordings / one["path"] for one in record["recordings"]]
    assert [one.read_bytes() for one in sounds] == [one.read_bytes() for one in files]


async def test_beside_what_was_recorded_lies_what_any_player_plays(world: World, told: Script) -> None:
    """The command that VERIFY.txt gives says that both hold the same."""
    made = await bundle(world, told)
    words = (made.folder / "VERIFY.txt").read_text("utf-8")
    command = next(line.strip() for line in words.splitlines() if "cmp" in line)
    done = made.run("bash", "-c", f"set -e -o pipefail; {command}")
    assert (done.returncode, done.stdout) == (0, "")
    sounds = list((made.folder / "recordings").glob("*.wav"))
    assert len(sounds) == 2
    for file in sounds:
        asked = "stream=codec_name,sample_rate,channels,duration"
        found = made.run("ffprobe", "-v", "error", "-show_entries", asked, "-of", "csv=p=0", str(file))
        assert found.stdout.strip() == "pcm_alaw,8000,1,2.000000"


async def test_without_reveal_no_number_and_no_name_is_in_any_file(world: World, told: Script) -> None:
    made = await bundle(world, told, reveal=False)
    assert made.exported.sounds == 2
    for file in made.folder.rglob("*"):
        if file.is_file() and file.suffix not in {".alaw", ".wav"}:
            text = file.read_text("utf-8", errors="replace")
            assert CITIZEN not in text, file.name
            assert "王小明" not in json.dumps(text, ensure_ascii=False), file.name
            assert r"王小明" not in text, file.name


async def test_one_flipped_byte_in_any_file_fails(world: World, told: Script) -> None:
    made = await bundle(world, told)
    assert made.holds()
    for file in sorted(made.folder.rglob("*")):
        if not file.is_file():
            continue
        raw = file.read_bytes()
        for place in {0, len(raw) // 2, len(raw) - 1}:
            changed = bytearray(raw)
            changed[place] ^= 1
            file.write_bytes(changed)
            signed = made.run(
                "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin",
                "-in", "MANIFEST.sha256", "-sigfile", "MANIFEST.sig",
            )  # fmt: skip
            listed = made.run("sha256sum", "-c", "--strict", "MANIFEST.sha256")
            assert signed.returncode or listed.returncode, (file.name, place)
        file.write_bytes(raw)
    assert made.holds()


async def test_a_forger_who_signs_anew_is_found_by_the_chain(world: World, told: Script) -> None:
    """Without the list and its signature: the records themselves do not agree with the signed heads."""
    made = await bundle(world, told)
    records = made.json("records.json")
    leg = next(one for one in records if one["kind"] == "leg")
    leg["payload"]["talk_s"] += 1
    (made.folder / "records.json").write_text(json.dumps(records), "utf-8")
    done = made.run(sys.executable, "verify.py")
    assert done.returncode == 1
    assert f"leg {leg['record_id']}: talk_s was changed" in done.stdout


async def test_encrypted_sound_comes_out_plain_and_a_missing_key_is_said(world: World, told: Script) -> None:
    key = world.settings.recordings_key_file
    keys.init(key, datetime(2026, 11, 25, tzinfo=UTC))
    await EncryptionWorker(world.storage, world.recordings, "songhua", key).encrypt_once()
    with pytest.raises(NotSignedYet):
        await bundle(world, told)
    await world.signer.sign_once()
    made = await bundle(world, told)
    assert made.holds()
    begins = [file.read_bytes()[:4] for file in (made.folder / "recordings").glob("*.wav")]
    assert begins == [b"RIFF", b"RIFF"]
    key.unlink()
    with pytest.raises(VaultTrouble, match="no key file"):
        await bundle(world, told)
    assert not list(world.folder.glob("*.part"))


async def test_sound_that_was_changed_is_not_exported_as_if_it_were_whole(world: World, told: Script) -> None:
    file = next(world.recordings.rglob("*.alaw"))
    sound = file.read_bytes()
    file.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    with pytest.raises((ExportFailed, DamagedRecording), match="not what was recorded"):
        await bundle(world, told)


async def test_an_erased_call_still_verifies(world: World, told: Script) -> None:
    await world.ledger.erase(call_id("songhua", told.ids["trunk"]), by="sun", reason="request")
    await world.signer.sign_once()
    made = await bundle(world, told)
    assert made.holds()
    assert (made.exported.sounds, len(made.exported.absent)) == (0, 2)
    assert made.json("record.json")["call"]["number"] == ""


async def test_a_place_that_cannot_be_written_is_said(world: World, told: Script) -> None:
    wanted = str(call_id("songhua", told.ids["trunk"]))
    with pytest.raises(ExportFailed, match="No such file"):
        await export(world.storage, wanted, world.folder / "no" / "where.zip", places(world))
