"""Checks on the machine: folders, disk, ports, clock, prompts. Read-only."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path

from core.translation import gettext_lazy as _
from gateway.asterisk.findings import DoctorFinding, fault, unchecked, warning
from gateway.asterisk.settings import AsteriskSettings

LEAST_FREE_BYTES = 2 * 1024**3  # a day of two parallel calls, both directions, and some air
LARGEST_CLOCK_GAP = 2.0
ALARM_PROMPTS = ("unit", "unnamed", "press", "acknowledged", "answered", "lost")
CREW_PROMPTS = (
    "job", "job-keys", "recall", "recall-keys", "talk", "talk-keys", "accepted", "declined", "gone", "lost",
)  # fmt: skip
FOLLOW_UP_PROMPTS = (
    "follow-up-ask", "follow-up-sorry", "survey-thanks", "callback-confirmed", "crew-recall-keys",
    "connecting-person",
)  # fmt: skip
NOTICE_PROMPTS = (
    "case-received", "case-in-progress", "case-done", "case-closed", "case-cancelled", "case-merged",
    "case-number-intro", "survey-solved", "follow-up-sorry", "crew-recall-keys",
)  # fmt: skip
WARNING_PROMPTS = (
    "warning-actual", "warning-exercise", "warning-test", "warning-alert", "warning-update", "warning-clear",
    "warning-keys", "warning-acknowledged", "warning-declined", "warning-gone", "alarm-lost",
)  # fmt: skip
"""Not among ours: a city has them spoken by a person."""
PAGE_PROMPTS = (
    "warning-actual", "warning-exercise", "warning-test", "page-alert", "page-update", "page-clear",
)  # fmt: skip
"""What loudspeakers say; not among ours either."""
PROMPT_ENDINGS = (".wav", ".ulaw", ".alaw", ".gsm", ".sln")


def check_folders(settings: AsteriskSettings) -> list[DoctorFinding]:
    """Folders that must be there and writable, and room on their disks."""
    folders = settings.directories
    findings: list[DoctorFinding] = []
    for folder in (
        folders.recordings,
        folders.log,
        folders.cel.parent,
        folders.spool,
        folders.varlib,
    ):
        try:
            there = folder.is_dir()
        except PermissionError:
            findings.append(_unseen("folders", folder))
            continue
        if not there:
            findings.append(
                fault(
                    "folders",
                    str(folder),
                    _("There is no such folder."),
                    _("Make it, owned by Asterisk's user: mkdir -p {folder}", folder=folder),
                )
            )
        elif not os.access(folder, os.R_OK | os.X_OK):
            findings.append(
                fault(
                    "folders",
                    str(folder),
                    _("The gateway cannot read this folder."),
                    _("Put the gateway's user into the folder's group and let the group read."),
                )
            )
        else:
            findings += check_room(folder, shutil.disk_usage(folder).free)
    return list({(finding.check, finding.where): finding for finding in findings}.values())


def _unseen(check: str, place: Path) -> DoctorFinding:
    """Its user may know what this command may not see."""
    return unchecked(
        check,
        str(place),
        _("This user may not look there."),
        _("Run the doctor as the service's user, or with sudo."),
    )


def check_room(folder: Path, free: int) -> list[DoctorFinding]:
    """Asterisk loses records and recordings without a word when the disk is full."""
    if free >= LEAST_FREE_BYTES:
        return []
    gigabytes = f"{free / 1024**3:.1f} GB"
    return [
        fault(
            "disk",
            str(folder),
            _(
                "Only {gigabytes} left: when it is full, recordings and records are lost without a word.",
                gigabytes=gigabytes,
            ),
            _("Make room, or move the folder to a larger disk."),
        )
    ]


def check_listening(settings: AsteriskSettings) -> list[DoctorFinding]:
    """The TCP ports of AMI and HTTP answer."""
    findings = []
    for name, address, port in (
        ("ami", "127.0.0.1", settings.ports.ami),
        ("http", "127.0.0.1" if settings.tls else str(settings.bind), settings.ports.http),
        *([("https", str(settings.bind), settings.ports.https)] if settings.tls else []),
    ):
        with socket.socket() as trial:
            trial.settimeout(1)
            host = "127.0.0.1" if address == "0.0.0.0" else address  # noqa: S104 - compared, not bound
            if trial.connect_ex((host, port)) == 0:
                continue
        findings.append(
            fault(
                "ports",
                f"tcp {address}:{port}",
                _("Nothing listens on the {name} port {port}.", name=name, port=port),
                _(
                    "See who has it: ss -ltnp | grep {port}; then look into Asterisk's start-up log.",
                    port=port,
                ),
            )
        )
    return findings


def check_clock(theirs: float, ours: float) -> list[DoctorFinding]:
    """Epoch seconds; the dialplan compares the gateway's sign of life with Asterisk's clock."""
    gap = abs(theirs - ours)
    if gap <= LARGEST_CLOCK_GAP:
        return []
    return [
        warning(
            "clock",
            "clock",
            _("Asterisk's clock and the gateway's differ by {gap:.1f} s.", gap=gap),
            _("Run chrony or systemd-timesyncd on both machines."),
        )
    ]


def check_prompts(settings: AsteriskSettings) -> list[DoctorFinding]:
    """The prompts that the dialplan plays without the gateway, in each language."""
    folder = settings.directories.prompts
    try:
        next(folder.iterdir(), None)
        for language in settings.languages:
            next((folder / language).iterdir(), None)
    except PermissionError:
        return [_unseen("prompts", folder)]
    except OSError:
        pass  # what is missing there is told one by one
    return [
        *_check_notices(settings),
        *_check_alarm_prompts(settings),
        *_check_crew_prompts(settings),
        *_check_follow_up_prompts(settings),
        *_check_notice_prompts(settings),
    ]


def missing_prompts(settings: AsteriskSettings, names: Iterable[str]) -> list[Path]:
    """Files that no language or one of them lacks, without an ending."""
    files = [
        settings.directories.prompts / language / name
        for language in settings.languages
        for name in sorted(names)
    ]
    return [
        file
        for file in files
        if not any(file.with_name(file.name + ending).is_file() for ending in PROMPT_ENDINGS)
    ]


def _check_alarm_prompts(settings: AsteriskSettings) -> list[DoctorFinding]:
    """What a supervisor hears who is called for an emergency; one finding for each language."""
    names = [*(f"alarm-{name}" for name in ALARM_PROMPTS), *(f"digit-{digit}" for digit in range(10))]
    return [
        warning(
            "prompts",
            str(folder),
            _(
                "Prompts are missing: {files}. Supervisors who are called for an emergency hear beeps.",
                files=files,
            ),
            _("Put the files there; ivr/prompts has ours."),
        )
        for folder, files in _by_folder(missing_prompts(settings, names)).items()
    ]


def _check_crew_prompts(settings: AsteriskSettings) -> list[DoctorFinding]:
    """What a crew hears that is called about a job; one finding for each language."""
    missing = missing_prompts(settings, [f"crew-{name}" for name in CREW_PROMPTS])
    return [
        warning(
            "prompts",
            str(folder),
            _("Prompts are missing: {files}. Crews who are called about a job hear beeps.", files=files),
            _("Put the files there; ivr/prompts has ours."),
        )
        for folder, files in _by_folder(missing).items()
    ]


def _check_follow_up_prompts(settings: AsteriskSettings) -> list[DoctorFinding]:
    """What a reporter hears who is asked by an automatic call; one finding for each language."""
    return [
        warning(
            "prompts",
            str(folder),
            _("Prompts are missing: {files}. Reporters who are called hear no question.", files=files),
            _("Put the files there; ivr/prompts has ours."),
        )
        for folder, files in _by_folder(missing_prompts(settings, FOLLOW_UP_PROMPTS)).items()
    ]


def _check_notice_prompts(settings: AsteriskSettings) -> list[DoctorFinding]:
    """What a citizen hears who is told by telephone how the case goes on; one finding for each language."""
    return [
        warning(
            "prompts",
            str(folder),
            _("Prompts are missing: {files}. Citizens who are called hear no sentence.", files=files),
            _("Put the files there; ivr/prompts has ours."),
        )
        for folder, files in _by_folder(missing_prompts(settings, NOTICE_PROMPTS)).items()
    ]


def _by_folder(missing: Iterable[Path]) -> dict[Path, str]:
    """The names of what is missing, for each folder."""
    files = list(missing)
    return {
        folder: ", ".join(file.name for file in files if file.parent == folder)
        for folder in dict.fromkeys(file.parent for file in files)
    }


def _check_notices(settings: AsteriskSettings) -> list[DoctorFinding]:
    names = {settings.notice, *(queue.reassure for queue in settings.queues)}
    return [
        fault(
            "prompts",
            str(file),
            _("The prompt is missing: without the gateway a caller is not told about the recording."),
            _("Run songhua ivr lint, or put the file there."),
        )
        for file in missing_prompts(settings, names)
    ]
