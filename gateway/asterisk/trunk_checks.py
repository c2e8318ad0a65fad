"""Checks on trunks, limits and emergency routes: compares the console's output with the settings. Pure."""

from __future__ import annotations

import re

from core.translation import gettext_lazy as _
from gateway.asterisk.console_checks import RENDER_AGAIN
from gateway.asterisk.findings import DoctorFinding, fault, warning
from gateway.asterisk.outside import DESTINATIONS
from gateway.asterisk.settings import AsteriskSettings
from gateway.asterisk.trunks import Trunk

TRIES = 2  # first those that answer OPTIONS, then the others
_FORBIDDEN = ("res_pjsip_endpoint_identifier_anonymous.so", "res_pjsip_t38.so", "app_disa.so", "chan_sip.so")
_DIAL_OUT = re.compile(r"Dial\(PJSIP/[^@,)]*@")
_CONTEXT = re.compile(r"\[ Context '([^']+)' created by")


def check_trunk(trunk: Trunk, contacts: str, registrations: str) -> list[DoctorFinding]:
    """`pjsip show contacts` and `pjsip show registrations`: the carrier answers, and has our registration."""
    findings = []
    where = f"pjsip.conf [{trunk.name}]"
    if trunk.contact and trunk.qualify_seconds and not _line(contacts, rf"{trunk.name}/sip:\S+.*\bAvail\b"):
        findings.append(
            fault(
                "trunk",
                where,
                _("The trunk {name} does not answer OPTIONS: calls out pass it over.", name=trunk.name),
                _(
                    "See that {contact}:{port} can be reached, ask the carrier; set "
                    "qualify_seconds = 0 if it never answers OPTIONS.",
                    contact=trunk.contact,
                    port=trunk.contact_port,
                ),
            )
        )
    if trunk.registers and not _line(registrations, rf"^\s*{trunk.name}/sip:\S+.*\sRegistered\b"):
        findings.append(
            fault(
                "trunk",
                where,
                _("The trunk {name} is not registered: no call comes in on it.", name=trunk.name),
                _(
                    "See that username and secret are the carrier's; watch its answer with pjsip "
                    "set logger on."
                ),
            )
        )
    return findings


def check_codecs(trunk: Trunk, endpoint: str) -> list[DoctorFinding]:
    """`pjsip show endpoint TRUNK`: the codecs of the settings, in their order."""
    found = re.search(r"^\s*allow\s*:\s*\((.*)\)", endpoint, re.MULTILINE)
    if found and found.group(1).replace(" ", "").split("|") == list(trunk.codecs):
        return []
    return [
        fault(
            "trunk",
            f"pjsip.conf [{trunk.name}]",
            _(
                "The trunk {name} is not there, or its codecs are not {codecs}.",
                name=trunk.name,
                codecs=tuple(trunk.codecs),
            ),
            RENDER_AGAIN,
        )
    ]


def check_emergency(settings: AsteriskSettings, dialplan: str) -> list[DoctorFinding]:
    """`dialplan show`: each number leads from the desk and the flows to every trunk, and past the limits."""
    contexts = _contexts(dialplan)
    if not settings.emergency_trunks:
        return [
            warning(
                "emergency",
                "asterisk.trunks",
                _("No trunk can be called: 110, 119, 120 and 122 lead nowhere but back into the queue."),
                _("Give a trunk its contact."),
            )
        ]
    wrong = [
        f"{context},{number}"
        for number in settings.emergency.dialled
        for context in ("desk", "emergency", "emergency-numbers")
        if f"'{number}' =>" not in contexts.get(context, "")
    ]
    call = contexts.get("emergency-call", "")
    wrong += [
        f"emergency-{name},try"
        for name in settings.emergency_trunks
        if call.count(f"emergency-{name},try,1") < TRIES
        or f"Dial(PJSIP/{name}/sip:" not in contexts.get(f"emergency-{name}", "")
    ]
    way = "".join(text for context, text in contexts.items() if context.startswith("emergency"))
    if "limits," in way or "LOCK(" in way or "AGI(" in way:
        wrong.append("emergency: limits, LOCK or AGI in its way")
    return [
        fault(
            "emergency",
            f"extensions.conf [{one.split(',')[0]}]",
            _("The way of an emergency call is broken: {one}.", one=one),
            RENDER_AGAIN,
        )
        for one in wrong
    ]


def check_limits(settings: AsteriskSettings, dialplan: str) -> list[DoctorFinding]:
    """`dialplan show`: the limits are there as set, and nothing but the routes dials on a trunk."""
    contexts = _contexts(dialplan)
    findings = []
    lacking = [kind for kind in ("never", *DESTINATIONS) if f"dial-{kind}" not in contexts]
    users = contexts.get("limits-user", "")
    lacking += [agent.name for agent in settings.agents if f"'{agent.name}' =>" not in users]
    limits = settings.outside.limits
    if (
        "OUT_A_MINUTE=${LIMIT_USER_PER_MINUTE}" not in users
        or "OUT_AT_ONCE=${LIMIT_USER_AT_ONCE}" not in users
    ):
        lacking.append("user_per_minute, user_at_once")
    if lacking or "LOCK(outside)" not in contexts.get("limits", ""):
        findings.append(
            fault(
                "limits",
                "extensions.conf [limits]",
                _("The limits against toll fraud are not as set: {lacking}.", lacking=lacking or "limits"),
                RENDER_AGAIN,
            )
        )
    if not limits.never or not limits.user_per_minute or not limits.total_at_once:
        findings.append(
            warning(
                "limits",
                "asterisk.outside.limits",
                _(
                    "never is empty, or calls a minute or at once have no limit: a stolen "
                    "password costs without end."
                ),
                _("Set them."),
            )
        )
    ours = {f"{kind}-{trunk.name}" for kind in ("trunk", "emergency") for trunk in settings.trunks}
    findings += [
        fault(
            "limits",
            f"extensions.conf [{context}]",
            _("The context {context} dials on a trunk past the limits.", context=context),
            _("Let it Goto(outbound,NUMBER,1) instead of Dial(PJSIP/…@trunk)."),
        )
        for context, text in contexts.items()
        if context not in ours and _DIAL_OUT.search(text)
    ]
    routed = {name for kind in DESTINATIONS for name in settings.route(kind)}
    if routed and not settings.numbers_shown:
        findings.append(
            warning(
                "limits",
                "asterisk.outside.caller_ids",
                _("There is no number to show: calls out carry whatever the carrier puts in."),
                _("Set caller_id or caller_ids."),
            )
        )
    return findings


def check_strangers(modules: str, endpoints: str) -> list[DoctorFinding]:
    """`module show` and `pjsip show endpoints`: nobody calls in unknown, nobody is told which names exist.

    (PJSIP always answers an unknown user with a challenge, as `alwaysauthreject` did for chan_sip.)
    """
    running = {
        line.split()[0] for line in modules.splitlines() if ".so" in line and "Not Running" not in line
    }
    findings = [
        fault(
            "strangers",
            module,
            _("The module {module} runs: strangers or faxes can come in by it.", module=module),
            _("Write noload = {module} into modules.conf.", module=module),
        )
        for module in _FORBIDDEN
        if module in running
    ]
    if re.search(r"Endpoint:\s+anonymous\b", endpoints):
        findings.append(
            fault(
                "strangers",
                "pjsip.conf [anonymous]",
                _("There is an endpoint anonymous: anybody can call in."),
                _("Take it away."),
            )
        )
    return findings


def _line(text: str, pattern: str) -> bool:
    return re.search(pattern, text, re.MULTILINE) is not None


def _contexts(dialplan: str) -> dict[str, str]:
    """Text of each context of `dialplan show`."""
    parts = _CONTEXT.split(dialplan)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
