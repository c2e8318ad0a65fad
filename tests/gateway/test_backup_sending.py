"""What is said of a repository of restic, without restic: settings, faults, opened archive, receipt."""

from __future__ import annotations

import io
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.clock import ManualClock
from gateway.backup import opened
from gateway.backup.errors import ArchiveRefused, ResticFailed
from gateway.backup.keys import BackupKey
from gateway.backup.opened import OpenedArchive
from gateway.backup.restic import receipt
from gateway.backup.restic.faults import fault, last_words
from gateway.backup.restic.program import ResticProgram
from gateway.backup.restic.repository import StoredBackup
from gateway.backup.sealed import SealedReader, SealedWriter
from gateway.backup.settings import BackupSettings
from gateway.settings import BadSettings, Settings
from gateway.wiring.backup import BackupPart

KEY = BackupKey(bytes(range(32)), is_passphrase=False)
PASSWORD = "planted-restic-password"
S3_KEY = "planted-s3-secret-key"
BEGUN = datetime(2026, 12, 1, 2, tzinfo=UTC)
REPOSITORY = "s3:https://s3.example/city"


def sealed(plain: bytes) -> io.BytesIO:
    out = io.BytesIO()
    writer = SealedWriter(out, KEY, {"kind": "backup", "begun": BEGUN.isoformat(), "tenant": "harbin"})
    writer.write(plain)
    writer.close()
    return io.BytesIO(out.getvalue())


@given(plain=st.binary(max_size=3_000))
def test_an_archive_that_was_opened_is_sealed_again_as_it_was(plain: bytes) -> None:
    archive = OpenedArchive(sealed(plain), KEY)
    sent = b"".join(archive.blocks())
    assert archive.bytes == len(sent)
    assert archive.sha256 == opened.hash_of(io.BytesIO(sent))
    again = io.BytesIO()
    opened.seal(io.BytesIO(sent), again, KEY)
    reader = SealedReader(io.BytesIO(again.getvalue()), KEY)
    assert reader.read(1 << 20) == plain
    assert {name: reader.header[name] for name in archive.said} == archive.said


@given(raw=st.binary(max_size=500), prefix=st.sampled_from([b"", opened.MAGIC, opened.MAGIC + b"\0\0\0\2{}"]))
def test_what_was_no_archive_is_refused(raw: bytes, prefix: bytes) -> None:
    with pytest.raises(ArchiveRefused):
        opened.check(io.BytesIO(prefix + raw))


def test_a_damaged_archive_is_not_sent_to_its_end() -> None:
    raw = sealed(b"x" * 3_000_000).getvalue()
    with pytest.raises(ArchiveRefused, match="damaged or cut off"):
        list(OpenedArchive(io.BytesIO(raw[:-1_000]), KEY).blocks())


@given(code=st.integers(min_value=-64, max_value=255), said=st.binary(max_size=400))
def test_each_end_of_restic_has_a_cause_and_a_remedy(code: int, said: bytes) -> None:
    found = fault(code, said, REPOSITORY)
    assert found.detail
    assert found.remedy
    assert "\n" not in found.detail


@pytest.mark.parametrize(
    ("code", "said", "cause", "remedy"),
    [
        (10, "", "no repository at s3:", "init-restic"),
        (11, "", "is locked by another restic", "songhua backup send"),
        (12, "", "the password does not open", "password_file"),
        (-9, "", "ended by signal 9", "songhua backup send"),
        (1, "Fatal: unable to save: write /srv/x: no space left on device", "no space left", "make room"),
        (1, "Stat: Access Denied.", "Access Denied", "s3_key_file"),
        (1, "dial tcp 192.0.2.1:443: connect: connection refused", "refused", "the network"),
        (1, "x509: certificate signed by unknown authority", "x509", "ca_file"),
        (77, "", "restic said nothing", "restic -r"),
    ],
)
def test_known_faults_are_named(code: int, said: str, cause: str, remedy: str) -> None:
    for text in (said, json.dumps({"message_type": "exit_error", "code": code, "message": said})):
        found = fault(code, text.encode() if said else b"", REPOSITORY)
        assert cause in found.detail
        assert remedy in found.remedy


def test_the_last_words_are_those_of_the_error() -> None:
    lines = (
        b'{"message_type":"error","error":{"message":"read failed"},"during":"archival"}\n'
        b'{"message_type":"exit_error","code":1,"message":"Fatal: unable to save snapshot"}\n\n'
    )
    assert last_words(lines) == "unable to save snapshot"
    assert last_words(lines.splitlines()[0]) == "read failed"


def settings_of(**restic: object) -> BackupSettings:
    return BackupSettings.model_validate(
        {"folder": "/srv/backup", "restic": {"repository": REPOSITORY, "password": PASSWORD, **restic}}
    )


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"repository": "backup/here"}, "a whole path"),
        ({"repository": "rest:http://there/"}, "a whole path"),
        ({"repository": "s3:https://id:word@s3.example/city"}, "a password stands in the address"),
        ({"repository": "/srv/\nx"}, "a whole path"),
        ({"s3_key_id": "id"}, "name both"),
        ({"password": "short"}, "at least 12"),
    ],
)
def test_settings_that_cannot_work_are_refused(told: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        settings_of(**told)


def test_a_repository_needs_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "songhua.toml"
    file.write_text(f'[backup.restic]\nrepository = "/srv/restic"\npassword = "{PASSWORD}"\n')
    with pytest.raises(BadSettings) as refused:
        Settings.load(file)
    assert "folder" in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_no_secret_is_in_a_command_line_or_an_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for restic tells what it was given, and reads the files that it is told of."""
    stand_in = tmp_path / "bin" / "restic"
    stand_in.parent.mkdir()
    stand_in.write_text(
        "#!/bin/sh\n"
        f'printf "%s\\n" "$@" > {tmp_path}/seen; env >> {tmp_path}/seen\n'
        'while [ $# -gt 0 ]; do [ "$1" = --password-file ] && cat "$2"; shift; done\n'
        'cat "$AWS_SHARED_CREDENTIALS_FILE"\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("SONGHUA__BACKUP__RESTIC__PASSWORD", PASSWORD)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody-else")
    restic = settings_of(
        s3_key_id="planted-id", s3_key=S3_KEY, s3_region="harbin-1", ca_file="/ca.pem"
    ).restic
    assert restic is not None
    told = ResticProgram(restic).asked("snapshots").decode()
    assert told.startswith(PASSWORD)
    assert f"aws_access_key_id = planted-id\naws_secret_access_key = {S3_KEY}\n" in told
    seen = (tmp_path / "seen").read_text()
    assert "s3.region=harbin-1" in seen
    assert "/ca.pem" in seen
    for secret in (PASSWORD, S3_KEY, "planted-id", "somebody-else"):
        assert secret not in seen


def test_restic_has_so_long_and_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in that hangs is ended, whether it is fed or asked; without restic the remedy is named."""
    stand_in = tmp_path / "restic"
    stand_in.write_text("#!/bin/sh\nexec sleep 600\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    restic = settings_of().restic
    assert restic is not None
    program = ResticProgram(restic)
    with pytest.raises(ResticFailed, match="not done after"):
        program.asked("snapshots", within_s=0.2)
    with pytest.raises(ResticFailed, match="not done after"):
        program.fed("backup", blocks=[b"x" * (1 << 20)], within_s=0.2)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(ResticFailed, match="not on this machine") as absent:
        program.asked("snapshots")
    assert "apt install restic" in absent.value.remedy


def stored(begun: datetime = BEGUN) -> StoredBackup:
    name = f"harbin-{begun:%Y%m%dT%H%M%SZ}.songhua-backup"
    return StoredBackup("1234", name, begun, "harbin", 1_000, True, "1234")


async def test_health_says_when_the_last_backup_there_is_old(tmp_path: Path) -> None:
    settings = settings_of().model_copy(update={"folder": tmp_path, "every_h": 24})

    async def why(hours: float) -> str:
        part = BackupPart(settings, ManualClock(BEGUN + timedelta(hours=hours)))
        await part.look(tmp_path)
        return part.health().why

    assert f"there is no backup in {REPOSITORY}; songhua backup send" in await why(1)
    receipt.failed(tmp_path, REPOSITORY, "the password does not open it")
    assert f"{REPOSITORY}: the password does not open it" in await why(1)
    receipt.succeeded(tmp_path, REPOSITORY, stored())
    assert REPOSITORY not in await why(23)
    receipt.failed(tmp_path, REPOSITORY, "it is locked")
    assert REPOSITORY not in await why(23)
    assert f"{REPOSITORY} is 25 h old, every_h = 24: it is locked" in await why(25)
    assert stat.S_IMODE((tmp_path / receipt.FILE).stat().st_mode) == 0o640


def test_an_older_archive_that_is_sent_later_makes_nothing_older(tmp_path: Path) -> None:
    receipt.succeeded(tmp_path, REPOSITORY, stored())
    receipt.succeeded(tmp_path, REPOSITORY, stored(BEGUN - timedelta(days=1)))
    assert receipt.receipt(tmp_path, REPOSITORY).begun == BEGUN
    assert receipt.receipt(tmp_path, "/another").begun is None
    (tmp_path / receipt.FILE).write_bytes(b"\xff{")
    assert receipt.receipt(tmp_path, REPOSITORY).begun is None
