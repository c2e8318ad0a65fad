"""Checks on what Asterisk's console prints. Pure: text in, findings out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.translation import gettext_lazy as _
from gateway.asterisk.findings import DoctorFinding, fault, warning
from gateway.asterisk.settings import AsteriskSettings

READ_RIGHTS = frozenset({"system", "security", "call", "agent", "dialplan", "dtmf", "user"})
WRITE_RIGHTS = frozenset({"call", "agent", "originate", "reporting", "user"})
DANGEROUS_RIGHTS = frozenset({"system", "command", "config", "agi", "all"})
"""As rights to write. To read `system` is to be told when a phone or a trunk comes and goes."""
CONTEXTS = {
    "hotline": "s",
    "dialogue": "T",
    "reach": "person",
    "queue-keys": "language",
    "record": "both",
    "gw-digits": "all",
    "gw-hear": "s",
    "gw-play": "s",
    "gw-read": "s",
    "gw-say-digits": "s",
    "gw-ask": "s",
    "gw-voice": "s",
    "gw-voicemail": "s",
}
DANGEROUS_MODULES = (
    "func_shell.so",
    "func_env.so",
    "func_config.so",
    "app_system.so",
    "app_externalivr.so",
    "app_record.so",
    "app_originate.so",
    "app_exec.so",
)
RENDER_AGAIN = _(
    "Run songhua asterisk render again, put the files into the configuration folder, restart Asterisk."
)


def check_version(text: str, settings: AsteriskSettings) -> list[DoctorFinding]:
    """`core show version`."""
    found = re.search(r"Asterisk (?:certified[/-])?(\d+)\.", text)
    if found is None:
        return [
            fault(
                "running",
                str(settings.directories.run / "asterisk.ctl"),
                _("Asterisk does not answer."),
                _(
                    "Start it with asterisk -C {etc}/asterisk.conf and look into {log}.",
                    etc=settings.directories.etc,
                    log=settings.directories.log,
                ),
            )
        ]
    major = int(found.group(1))
    if major == settings.version:
        return []
    return [
        warning(
            "version",
            "asterisk.version",
            _("Asterisk {major} runs, the settings say {version}.", major=major, version=settings.version),
            _("Set asterisk.version to {major} and render again.", major=major),
        )
    ]


def check_modules(text: str, wanted: Iterable[str]) -> list[DoctorFinding]:
    """`module show`: what the hotline needs runs, and nothing that would be a shell."""
    state = {line.split()[0]: "Not Running" not in line for line in text.splitlines() if ".so" in line}
    findings = [
        fault(
            "modules",
            module,
            _("The module {module} does not run.", module=module),
            _(
                "Install the package with {module}, write load = {module} into modules.conf, restart.",
                module=module,
            ),
        )
        for module in wanted
        if not state.get(module, False)
    ]
    findings += [
        warning(
            "modules",
            module,
            _("The module {module} runs: an AMI user can reach a shell or files through it.", module=module),
            _("Write noload = {module} into modules.conf.", module=module),
        )
        for module in DANGEROUS_MODULES
        if state.get(module, False)
    ]
    return findings


def check_rights(text: str, settings: AsteriskSettings) -> list[DoctorFinding]:
    """`manager show user NAME`: enough rights, and none that is a shell."""
    where = f"manager.conf [{settings.ami.name}]"
    rights = {
        kind: set(found.group(1).split(","))
        if (found := re.search(rf"{kind} perm:\s*(\S+)", text))
        else set()
        for kind in ("read", "write")
    }
    if not rights["read"] and not rights["write"]:
        return [
            fault(
                "rights",
                where,
                _("There is no such AMI user."),
                RENDER_AGAIN,
            )
        ]
    findings = []
    for kind, needed in (("read", READ_RIGHTS), ("write", WRITE_RIGHTS)):
        lacking = sorted(needed - rights[kind] - ({*needed} if "all" in rights[kind] else set()))
        if lacking:
            findings.append(
                fault(
                    "rights",
                    where,
                    _("{kind} lacks: {lacking}.", kind=kind, lacking=lacking),
                    RENDER_AGAIN,
                )
            )
        surplus = sorted((DANGEROUS_RIGHTS - needed) & rights[kind])
        if surplus:
            findings.append(
                warning(
                    "rights",
                    where,
                    _("{kind} grants too much: {surplus}.", kind=kind, surplus=surplus),
                    _("Take them away: the gateway does not use them."),
                )
            )
    return findings


def check_context(context: str, extension: str, text: str) -> list[DoctorFinding]:
    """`dialplan show CONTEXT`."""
    if f"'{extension}' =>" in text:
        return []
    return [
        fault(
            "dialplan",
            f"extensions.conf [{context}]",
            _("The dialplan has no {context},{extension}.", context=context, extension=extension),
            RENDER_AGAIN,
        )
    ]


def check_applications(dialplan: str, applications: str) -> list[DoctorFinding]:
    """`dialplan show` and `core show applications`: a missing application would hang up on the caller."""
    used = {found.group(1) for found in re.finditer(r"\d+\. ([A-Za-z]+)\(", dialplan)}
    there = {line.split(":")[0].strip().lower() for line in applications.splitlines() if ":" in line}
    return [
        fault(
            "dialplan",
            f"extensions.conf {name}()",
            _(
                "The dialplan uses {name}(), which Asterisk does not have: callers would be hung up on.",
                name=name,
            ),
            _("Load the module that provides it (see modules.conf)."),
        )
        for name in sorted(used)
        if name.lower() not in there
    ]


def check_cel(text: str) -> list[DoctorFinding]:
    """`cel show status`: the ledger's source is on, and written to a file."""
    if "CEL Logging: Enabled" in text and "CEL Custom CSV Logging" in text:
        return []
    return [
        fault(
            "cel",
            "cel.conf, cel_custom.conf",
            _("Call events go into no file: the ledger stays empty."),
            _(
                "Look for cel_custom's warning in the start-up log; for Asterisk 20 and "
                'older set asterisk.cel_format = "classic".'
            ),
        )
    ]


def check_queue(name: str, text: str) -> list[DoctorFinding]:
    """`queue show NAME`."""
    if "No such queue" not in text and name in text:
        return []
    return [
        fault(
            "queue",
            f"queues.conf [{name}]",
            _("There is no queue {name}.", name=name),
            RENDER_AGAIN,
        )
    ]


def check_blocking(text: str, settings: AsteriskSettings) -> list[DoctorFinding]:
    """`acl show NAME`: who guesses passwords can be shut out."""
    if not settings.guard.enabled or "Could not find ACL" not in text:
        return []
    return [
        warning(
            "blocking",
            f"acl.conf [{settings.blocked_acl}]",
            _("The switch has no list of blocked addresses: who guesses telephones' passwords goes on."),
            RENDER_AGAIN,
        )
    ]


def check_transports(text: str, settings: AsteriskSettings) -> list[DoctorFinding]:
    """`pjsip show transports`: SIP listens where the settings say."""
    wanted = [("udp", "sip", settings.ports.sip)] if settings.plain_sip else []
    if settings.tls is not None:
        wanted.append(("tls", "sips", settings.ports.sips))
    return [
        _not_listening(settings, kind, name, port)
        for kind, name, port in wanted
        if not re.search(rf"transport-{kind}\s+{kind}\s.*:{port}\s", text + "\n")
    ]


def _not_listening(settings: AsteriskSettings, kind: str, name: str, port: int) -> DoctorFinding:
    shown, option = kind.upper(), "-lunp" if kind == "udp" else "-ltnp"
    return fault(
        "ports",
        f"{kind} {settings.bind}:{port}",
        _("SIP does not listen on {shown} port {port}.", shown=shown, port=port),
        _(
            "See who has it: ss {option} | grep {port}; stop that program, or change asterisk.ports.{name}.",
            option=option,
            port=port,
            name=name,
        ),
    )
