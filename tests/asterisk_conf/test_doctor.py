"""The doctor: each thing that can be wrong is found, said in both languages, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.asterisk import asyncagi_checks, console_checks, machine_checks
from gateway.asterisk.doctor import examine
from gateway.asterisk.findings import DoctorFinding, Severity
from gateway.asterisk.settings import AsteriskSettings
from tests.asterisk_conf.test_render import asyncagi, settings


class Scripted:
    """A console that answers from a table, and with nothing to all else."""

    def __init__(self, **answers: str) -> None:
        self._answers = answers

    async def run(self, command: str) -> str:
        return self._answers.get(command.replace(" ", "_"), "")


class Refused:
    async def clock(self) -> float:
        raise PermissionError


@pytest.fixture
def configured(tmp_path: Path) -> AsteriskSettings:
    return settings(tmp_path)


def spoken(findings: list[DoctorFinding]) -> str:
    for finding in findings:
        assert finding.what.in_language("zh")
        assert finding.remedy.in_language("zh")
        assert finding.remedy.in_language("en")
    return " ".join(
        f"{finding.check} {finding.where} {finding.what.in_language('en')}" for finding in findings
    )


async def test_an_asterisk_that_is_down_is_the_first_and_only_news(configured: AsteriskSettings) -> None:
    findings = await examine(configured, Scripted())
    assert findings[0].check == "running"
    assert {finding.check for finding in findings} <= {"running", "folders", "disk"}


async def test_a_refused_login_is_named(configured: AsteriskSettings) -> None:
    console = Scripted(core_show_version="Asterisk 22.10.1 built by …")
    findings = await examine(configured, console, Refused())
    assert findings[-1].check == "ami"
    assert "PermissionError" in findings[-1].what.in_language("en")


def test_missing_and_dangerous_modules() -> None:
    shown = (
        "app_queue.so   True Call Queueing   0   Running   core\n"
        "cdr_csv.so     CSV                  0   Not Running   extended\n"
        "func_shell.so  Shell                0   Running   core\n"
    )
    found = spoken(console_checks.check_modules(shown, ["app_queue.so", "cdr_csv.so", "res_agi.so"]))
    assert "app_queue.so" not in found
    assert "cdr_csv.so does not run" in found
    assert "res_agi.so does not run" in found
    assert "func_shell.so runs" in found


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (
            (
                " read perm: system,security,call,agent,dialplan,dtmf,user\n"
                "write perm: call,agent,originate,reporting,user\n"
            ),
            "",
        ),
        (
            (
                " read perm: system,security,call,agent,dialplan,dtmf,user\n"
                "write perm: call,agent,reporting,user\n"
            ),
            "write lacks: originate",
        ),
        (" read perm: all\nwrite perm: all\n", "write grants too much: all"),
        ("There is no manager called songhua\n", "There is no such AMI user"),
    ],
)
def test_rights(configured: AsteriskSettings, shown: str, expected: str) -> None:
    found = spoken(console_checks.check_rights(shown, configured))
    assert expected in found
    assert bool(found) == bool(expected)


def test_an_application_that_is_not_there_would_hang_up_on_callers() -> None:
    dialplan = "  'person' => 1. Answer()  [extensions.conf:1]\n   2. ExecIf(x)  [extensions.conf:2]\n"
    found = spoken(console_checks.check_applications(dialplan, "   Answer: Answer a channel if ringing.\n"))
    assert "ExecIf()" in found
    assert "Answer()" not in found


def test_clock_disk_and_prompts(configured: AsteriskSettings) -> None:
    assert machine_checks.check_clock(100.0, 101.5) == []
    assert "differ by 7.0 s" in spoken(machine_checks.check_clock(100.0, 107.0))
    assert "Only 0.0 GB" in spoken(machine_checks.check_room(Path("/var"), 1024))
    assert machine_checks.check_room(Path("/var"), 10 * 1024**3) == []
    missing = machine_checks.check_prompts(configured)
    assert spoken(missing).count("prompts ") >= 4
    alarm = [one for one in missing if "alarm-press" in one.what.in_language("en")]
    assert [one.severity for one in alarm] == [Severity.WARNING] * len(configured.languages)
    crew = [one for one in missing if "crew-job-keys" in one.what.in_language("en")]
    assert [one.severity for one in crew] == [Severity.WARNING] * len(configured.languages)


def test_asyncagi_is_named_a_shell_each_time(tmp_path: Path) -> None:
    chosen = asyncagi(tmp_path)
    (finding,) = asyncagi_checks.check_account("      write perm: reporting,agi\n", chosen)
    assert finding.severity is Severity.WARNING
    assert "as good as a shell" in spoken([finding])
    (finding,) = asyncagi_checks.check_account("There is no manager user songhua-agi", chosen)
    assert finding.severity is Severity.FAULT
    assert asyncagi_checks.check_account("", settings(tmp_path)) == []
