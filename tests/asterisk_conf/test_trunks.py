"""Trunks, limits and emergency routes as rendered, and what the doctor says when they are broken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.asterisk import trunk_checks
from gateway.asterisk.outside import CHINA, CHINA_NEVER, EmergencyNumbers, OutgoingLimits, OutgoingRules
from gateway.asterisk.render import render
from gateway.asterisk.settings import AsteriskSettings, QueueSettings, Trunk
from tests.asterisk_conf.test_doctor import spoken
from tests.asterisk_conf.test_render import settings

FIRST = Trunk(name="first", match=("192.0.2.7",), contact="192.0.2.7", caller_ids=("045112345",))
SECOND = Trunk(name="second", username="8451", secret="carrier-secret", registers=True, contact="192.0.2.8")
OUTSIDE = OutgoingRules(area_code="0451", trunks=("first", "second"), routes={"international": ("second",)})


@pytest.fixture
def configured(tmp_path: Path) -> AsteriskSettings:
    return settings(tmp_path, trunks=(FIRST, SECOND), outside=OUTSIDE)


def part(configured: AsteriskSettings, folder: Path, name: str) -> str:
    render(configured, folder)
    return (folder / name).read_text()


def as_shown(configured: AsteriskSettings, folder: Path) -> str:
    """What `dialplan show` would print of the rendered files, near enough for the doctor."""
    render(configured, folder)
    lines = []
    for file in sorted((folder / "dialplan").glob("*.conf")):
        for line in file.read_text().splitlines():
            if context := re.fullmatch(r"\[([a-z0-9-]+)\]", line):
                lines.append(f"[ Context '{context.group(1)}' created by 'pbx_config' ]")
            elif exten := re.match(r"exten => ([^,]+),1,(.*)", line):
                lines.append(f"  '{exten.group(1)}' =>  1. {exten.group(2)}")
            elif line.startswith(" same => n"):
                lines.append("   2. " + line.split(",", 1)[1])
    return "\n".join(lines)


def test_what_no_emergency_call_meets(configured: AsteriskSettings, tmp_path: Path) -> None:
    text = part(configured, tmp_path, "dialplan/emergency.conf")
    code = "\n".join(line for line in text.splitlines() if not line.startswith(";"))
    for word in ("limits", "LOCK", "GROUP", "AGI", "GW_BEAT", "ExecIf"):
        assert word not in code


def test_each_kind_of_number_has_its_trunks_in_order(configured: AsteriskSettings, tmp_path: Path) -> None:
    routes = part(configured, tmp_path, "dialplan/outbound.conf").split("[route-")
    tried = {route.split("]")[0]: re.findall(r"Gosub\(trunk-(\w+),try", route) for route in routes[1:]}
    assert tried["mobile"] == ["first", "second"]
    assert tried["international"] == ["second"]
    assert configured.emergency_trunks == ("first", "second")


def test_a_registering_trunk_is_known_by_its_carriers_address(
    configured: AsteriskSettings, tmp_path: Path
) -> None:
    pjsip = part(configured, tmp_path, "pjsip.conf")
    assert "match = 192.0.2.8" in pjsip
    assert "qualify_frequency = 5" in pjsip
    assert "timer_b = 6400" in pjsip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outside": OutgoingRules(trunks=("nobody",))}, "routes name unknown trunks: nobody"),
        ({"emergency": EmergencyNumbers(trunks=("other",))}, "routes name unknown trunks: other"),
        (
            {"trunks": (Trunk(name="first", match=("192.0.2.7",)),), "outbound_trunk": "first"},
            "need `contact`",
        ),
    ],
)
def test_routes_that_lead_nowhere_are_refused(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        settings(tmp_path, **({"trunks": (FIRST, SECOND)} | changes))
    with pytest.raises(ValidationError, match="must lead to one of the numbers"):
        EmergencyNumbers(aliases={"112": "999"})


@pytest.mark.parametrize("pattern", ["123", "_1;3", "_${X}", "_[1-3", "_1X\n", "_", "_1X,1"])
def test_a_pattern_with_syntax_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        OutgoingLimits(never=(pattern,))
    with pytest.raises(ValidationError):
        OutgoingRules(destinations={"local": (pattern,)})


def test_the_patterns_that_come_with_it_are_patterns() -> None:
    OutgoingRules(destinations=CHINA, limits=OutgoingLimits(never=CHINA_NEVER))


def test_numbers_that_may_be_shown(tmp_path: Path) -> None:
    queue = QueueSettings(name="hotline", caller_id="045112346")
    made = settings(tmp_path, trunks=(FIRST,), queues=(queue,), caller_id="045112340")
    assert made.numbers_shown == ("045112340", "045112346", "045112345")


def test_the_doctor_has_nothing_to_say_about_what_we_render(
    configured: AsteriskSettings, tmp_path: Path
) -> None:
    shown = as_shown(configured, tmp_path)
    assert trunk_checks.check_emergency(configured, shown) == []
    assert trunk_checks.check_limits(configured, shown) == []


@pytest.mark.parametrize(
    ("broken", "by", "check", "told"),
    [
        ("  '119' =>  1. Goto(emergency,119,1)", "", "emergency", "desk,119"),
        (
            "GosubIf($[${EMERGENCY_AWAY_1} = 1]?emergency-first,try,1)",
            "NoOp()",
            "emergency",
            "emergency-first",
        ),
        ("CELGenUserEvent(EMERGENCY,${EMERGENCY})", "Gosub(limits,check,1)", "emergency", "limits"),
        ("LOCK(outside)", "1", "limits", "not as set"),
        ("[ Context 'dial-never'", "[ Context 'dial-ever'", "limits", "never"),
        ("  'agent-1' =>  1. Set(OUT_MAY", "  'agent-9' =>  1. Set(OUT_MAY", "limits", "agent-1"),
        (
            "Goto(outbound,${EXTEN},1)",
            "Dial(PJSIP/${EXTEN}@first,60)",
            "limits",
            "desk dials",
        ),
    ],
)
def test_the_doctor_finds_what_is_broken(
    configured: AsteriskSettings, tmp_path: Path, broken: str, by: str, check: str, told: str
) -> None:
    shown = as_shown(configured, tmp_path)
    assert broken in shown
    shown = shown.replace(broken, by)
    found = trunk_checks.check_emergency(configured, shown) + trunk_checks.check_limits(configured, shown)
    assert {one.check for one in found} == {check}
    assert told in spoken(found)


def test_a_trunk_that_is_away_or_not_registered() -> None:
    contacts = (
        " Contact:  first/sip:192.0.2.7:5060   aa  Unavail  -nan\n"
        " Contact:  second/sip:192.0.2.8:5060  bb  Avail    1.2\n"
    )
    assert "does not answer OPTIONS" in spoken(trunk_checks.check_trunk(FIRST, contacts, ""))
    assert "not registered" in spoken(
        trunk_checks.check_trunk(
            SECOND, contacts, " second/sip:192.0.2.8:5060   second   Unregistered  (exp. 4s)\n"
        )
    )
    registered = " second/sip:192.0.2.8:5060   second   Registered  (exp. 47s)\n"
    assert trunk_checks.check_trunk(SECOND, contacts, registered) == []


def test_strangers() -> None:
    module = "res_pjsip_endpoint_identifier_anonymous.so  x  0  Running  core\n"
    found = spoken(trunk_checks.check_strangers(module, " Endpoint:  anonymous   Unavailable\n"))
    assert "anonymous.so" in found
    assert "anybody can call in" in found
    assert trunk_checks.check_strangers("chan_pjsip.so x 0 Running core\n", " Endpoint:  agent-1  x\n") == []
