"""The templates: complete, private where they hold secrets, and closed to injected lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.asterisk.render import TEMPLATES, modules, render
from gateway.asterisk.settings import (
    AgentPhone,
    AmiUser,
    AsteriskSettings,
    Directories,
    Ports,
    QueueSettings,
    Trunk,
)
from gateway.wiring.incidents import file_variable
from hotline.outbound.follow_ups.answers import SPOKEN_KEYS
from hotline.outbound.notices.policy import REPLIES, NoticeSentence

SYNTAX = re.compile(r"[\r\n;\[\]$(){},|&\\\"'`<>#=]")


def settings(folder: Path, **changes: object) -> AsteriskSettings:
    given_values: dict[str, object] = {
        "directories": Directories(etc=folder, prompts=folder / "prompts", recordings=folder / "rec"),
        "ami": AmiUser(secret="s3cret-of-the-gateway"),
        "trunks": (Trunk(name="trunk", match=("192.0.2.7", "198.51.100.0/24")),),
        "agents": (
            AgentPhone(name="agent-1", secret="first-secret-123"),
            AgentPhone(name="agent-2", secret="second-secret-123", browser=True),
        ),
    }
    return AsteriskSettings.model_validate(given_values | changes)


def dialplan_of(folder: Path) -> str:
    """The dialplan as Asterisk reads it: every part in its order."""
    main = (folder / "extensions.conf").read_text()
    return "".join(
        (folder / part).read_text() for part in re.findall(r"^#include (\S+)$", main, re.MULTILINE)
    )


def test_every_template_is_rendered_and_closed_to_others(tmp_path: Path) -> None:
    written = render(settings(tmp_path), tmp_path)
    names = {str(file.relative_to(tmp_path)) for file in written}
    assert names >= {str(one.relative_to(TEMPLATES)).removesuffix(".j2") for one in TEMPLATES.rglob("*.j2")}
    assert all(file.stat().st_mode & 0o077 == 0 for file in written if file.suffix == ".conf")


def test_names_come_before_addresses(tmp_path: Path) -> None:
    render(settings(tmp_path), tmp_path)
    pjsip = (tmp_path / "pjsip.conf").read_text()
    assert "endpoint_identifier_order = auth_username,username,ip" in pjsip
    assert "match = 192.0.2.7,198.51.100.0/24" in pjsip
    assert pjsip.count("webrtc = yes") == 1


def test_the_gateway_gets_no_right_that_is_a_shell(tmp_path: Path) -> None:
    render(settings(tmp_path), tmp_path)
    manager = (tmp_path / "manager.conf").read_text()
    assert "read = system,security,call,agent,dialplan,dtmf,user\n" in manager
    assert "write = call,agent,originate,reporting,user\n" in manager
    assert "bindaddr = 127.0.0.1" in manager
    loaded = set(modules(settings(tmp_path)))
    assert not loaded & {"func_shell.so", "func_env.so", "func_config.so", "app_system.so", "app_exec.so"}


def test_only_the_flow_waits_and_never_without_the_timer(tmp_path: Path) -> None:
    render(settings(tmp_path), tmp_path)
    dialplan = dialplan_of(tmp_path)
    before, found, after = dialplan.partition("AGI(agi://")
    assert found
    assert "AGI(agi://" not in after
    assert before.rstrip(" ,n=>same").splitlines()[-1].endswith("Set(TIMEOUT(absolute)=3)")
    assert "AGIEXITONHANGUP=yes" in before


def test_who_is_called_for_an_alarm_hears_each_language_and_never_stays_without_an_end(
    tmp_path: Path,
) -> None:
    render(settings(tmp_path), tmp_path)
    text = (tmp_path / "dialplan" / "alarm.conf").read_text()
    for language in settings(tmp_path).languages:
        assert f"Gosub(alarm-words,{language},1)" in text
        assert text.count(f"exten => {language},1,") == 1
    for name in ("start", "pressed", "acknowledged", "answered", "lost"):
        begun = text.partition(f"exten => {name},1,")[2].splitlines()[:2]
        assert "TIMEOUT(absolute)=" in "".join(begun)
    assert "exten => T,1,Hangup()" in text
    assert "AGI(" not in text


def test_a_crew_hears_each_language_and_never_stays_without_an_end(tmp_path: Path) -> None:
    render(settings(tmp_path), tmp_path)
    text = (tmp_path / "dialplan" / "crew.conf").read_text()
    for language in settings(tmp_path).languages:
        assert f"Gosub(crew-words,{language},1)" in text
        assert text.count(f"exten => {language},1,") == 1
    for name in ("start", "pressed", "accepted", "declined", "gone", "lost", "connect"):
        begun = text.partition(f"exten => {name},1,")[2].splitlines()[:3]
        assert "TIMEOUT(absolute)=" in "".join(begun)
    assert "exten => T,1,Hangup()" in text
    assert text.count("Dial(") == 1
    assert "AGI(" not in text


def test_a_citizen_is_told_in_each_language_and_the_call_ends(tmp_path: Path) -> None:
    render(settings(tmp_path), tmp_path)
    text = (tmp_path / "dialplan" / "notice.conf").read_text()
    for language in settings(tmp_path).languages:
        assert text.count(f"/{language}/case-number-intro") == 1
    for sentence in get_args(NoticeSentence):
        assert f"exten => {sentence},1,Set(NOTICE_SENTENCE=case-{sentence})" in text
    for name in ("start", "pressed", "sorry", "lost", "gone"):
        assert "TIMEOUT(absolute)=" in "".join(text.partition(f"exten => {name},1,")[2].splitlines()[:3])
    for words in {reply.words for reply in REPLIES.values()}:
        assert f"exten => {words},1," in text
    assert "exten => T,1,Hangup()" in text
    assert "Dial(" not in text
    assert "AGI(" not in text


def test_a_reporter_hears_each_language_and_never_stays_without_an_end(tmp_path: Path) -> None:
    render(settings(tmp_path), tmp_path)
    text = (tmp_path / "dialplan" / "follow_up.conf").read_text()
    for language in settings(tmp_path).languages:
        assert text.count(f"/{language}/follow-up-ask") == 1
    for key in SPOKEN_KEYS:
        begun = text.partition(f"exten => said-{key},1,")[2].splitlines()[:2]
        assert begun[0] == 'GotoIf($["${FOLLOW_UP_KEY}" : "[0-3]"]?pressed,1)', "a key counts before words"
        assert begun[1] == f" same => n,Set(FOLLOW_UP_KEY={key})"
    for name in ("ask", "pressed", "thanks", "sorry", "person", "gone", "lost", "connect"):
        begun = text.partition(f"exten => {name},1,")[2].splitlines()[:3]
        assert "TIMEOUT(absolute)=" in "".join(begun)
    assert "exten => T,1,Hangup()" in text
    assert "Dial(" not in text
    assert text.index("TIMEOUT(absolute)=3600") < text.index("Queue(${QUEUE_NAME},ci,,,${FOLLOW_UP_LEFT})")
    round_ = (tmp_path / "dialplan" / "reach.conf").read_text().partition("exten => round,1,")[2]
    assert round_.index("?follow-up-call,waits,1") < round_.index("Queue("), "also after a key in the queue"
    assert "AGI(" not in text


def test_that_it_is_an_exercise_is_the_first_thing_said_of_a_warning(tmp_path: Path) -> None:
    render(settings(tmp_path), tmp_path)
    text = (tmp_path / "dialplan" / "warning.conf").read_text()
    for mark in ("actual", "exercise", "test"):
        for about in ("alert", "update", "clear"):
            steps = text.partition(f"exten => {mark}-{about},1,")[2].splitlines()[:3]
            assert steps[0] == f"Set(WARN_MARK={mark})"
            assert steps[1].endswith(f"Set(WARN_ABOUT={about})")
    for language in settings(tmp_path).languages:
        assert f"Set(WARN_WORDS=${{PROMPTS}}/{language}/warning-${{WARN_MARK}}&" in text
    for name in ("start", "pressed", "acknowledged", "declined", "gone", "lost"):
        begun = text.partition(f"exten => {name},1,")[2].splitlines()[:3]
        assert "TIMEOUT(absolute)=" in "".join(begun)
    assert "exten => T,1,Hangup()" in text
    assert "Dial(" not in text


def test_a_page_says_that_it_is_an_exercise_around_each_sentence_and_ends_by_itself(tmp_path: Path) -> None:
    render(settings(tmp_path, paging=True), tmp_path)
    text = (tmp_path / "dialplan" / "paging.conf").read_text()
    for mark in ("actual", "exercise", "test"):
        for about in ("alert", "update", "clear"):
            steps = text.partition(f"exten => {mark}-{about},1,")[2].splitlines()[:2]
            assert steps[0] == f"Set(PAGE_MARK={mark})"
            assert steps[1].endswith(f"Set(PAGE_ABOUT={about})")
    for language in settings(tmp_path).languages:
        mark = f"${{PROMPTS}}/{language}/warning-${{PAGE_MARK}}"
        before, _, after = text.partition(f"Playback({mark})")
        assert before, language
        assert after.lstrip().startswith('same => n,GotoIf($["${PLAYBACKSTATUS}" != "SUCCESS"]?unmarked,1)')
        assert f"Playback(${{PROMPTS}}/{language}/page-${{PAGE_ABOUT}}&{mark})" in after
    assert "TIMEOUT(absolute)=" in text
    assert "exten => T,1,Hangup()" in text
    assert "Dial(" not in text


def test_nothing_can_be_sent_to_multicast_addresses_unless_the_settings_say_so(tmp_path: Path) -> None:
    for paging in (False, True):
        one = settings(tmp_path, paging=paging)
        render(one, tmp_path)
        assert ("chan_rtp.so" in modules(one)) is paging
        assert ("dialplan/paging.conf" in (tmp_path / "extensions.conf").read_text()) is paging


def test_older_asterisk_gets_its_own_syntax(tmp_path: Path) -> None:
    render(settings(tmp_path, version=18, cel_format="classic"), tmp_path)
    assert "eventfilter = !Channel: AudioSocket/" in (tmp_path / "manager.conf").read_text()
    assert "[mappings]" in (tmp_path / "cel_custom.conf").read_text()
    assert "MixMonitor(,Sr(" in dialplan_of(tmp_path)


def test_a_trunk_that_wants_our_registration(tmp_path: Path) -> None:
    trunk = Trunk(
        name="carrier", contact="192.0.2.9", username="8451", secret="carrier-secret", registers=True
    )
    render(settings(tmp_path, trunks=(trunk,)), tmp_path)
    assert "client_uri = sip:8451@192.0.2.9:5060" in (tmp_path / "pjsip.conf").read_text()
    with pytest.raises(ValidationError, match="registers needs"):
        Trunk(name="carrier", match=("192.0.2.9",), registers=True)


def test_members_that_ring_without_any_gateway(tmp_path: Path) -> None:
    render(
        settings(tmp_path, queues=(QueueSettings(name="hotline", fallback_members=("agent-1",)),)), tmp_path
    )
    assert "member => PJSIP/agent-1,100,agent-1,PJSIP/agent-1" in (tmp_path / "queues.conf").read_text()


@given(text=st.text())
def test_no_text_with_syntax_becomes_a_setting(text: str) -> None:
    folder = Path("/etc/asterisk")
    for build in (
        lambda: AmiUser(secret=text),
        lambda: AmiUser(secret="s3cret-of-the-gateway", name=text),
        lambda: AmiUser(secret="s3cret-of-the-gateway", permit=(text,)),
        lambda: AgentPhone(name=text, secret="first-secret-123"),
        lambda: Trunk(name="trunk", match=(text,)),
        lambda: QueueSettings(name=text),
        lambda: QueueSettings(name="hotline", reassure=text),
        lambda: Directories(etc=folder, prompts=Path("/" + text), recordings=folder),
        lambda: settings(folder, notice=text),
        lambda: settings(folder, system_name=text),
        lambda: settings(folder, caller_id=text),
    ):
        try:
            build()
        except (ValidationError, ValueError):
            continue
        assert not SYNTAX.search(text.replace("=", "")), f"{text!r} was accepted"


@pytest.mark.parametrize(
    "poison", ["a\nb", "a\n", "x;y", "x[y]", "${SHELL(id)}", "a,b", "a|b", "#exec", "a\r"]
)
def test_known_poisons_are_refused(poison: str) -> None:
    with pytest.raises(ValidationError):
        AgentPhone(name=poison, secret="first-secret-123")
    with pytest.raises(ValidationError):
        AmiUser(secret="s3cret-of-the-gateway" + poison)
    with pytest.raises(ValidationError):
        Directories(etc=Path("/etc/" + poison), prompts=Path("/p"), recordings=Path("/r"))


def test_mistakes_between_settings_are_named() -> None:
    folder = Path("/etc/asterisk")
    twice = (AgentPhone(name="agent-1", secret="first-secret-123"),) * 2
    with pytest.raises(ValidationError, match="endpoint names must differ: agent-1"):
        settings(folder, agents=twice)
    with pytest.raises(ValidationError, match="not agents: nobody"):
        settings(folder, queues=(QueueSettings(name="hotline", fallback_members=("nobody",)),))
    with pytest.raises(ValidationError, match="default_queue must be one of them"):
        settings(folder, default_queue="other")
    with pytest.raises(ValidationError, match="rtp_last must lie"):
        Ports(rtp_first=10000, rtp_last=10001)
    with pytest.raises(ValidationError, match="unknown callers are refused"):
        Trunk(name="trunk")


def asyncagi(folder: Path) -> AsteriskSettings:
    account = AmiUser(name="songhua-agi", secret="s3cret-of-the-shell", permit=("192.0.2.9/32",))
    return settings(folder, dialogue="asyncagi", asyncagi=account)


def test_the_account_that_is_a_shell_is_there_only_when_it_was_chosen(tmp_path: Path) -> None:
    account = AmiUser(name="songhua-agi", secret="s3cret-of-the-shell")
    render(settings(tmp_path / "fast", asyncagi=account), tmp_path / "fast")
    assert "songhua-agi" not in (tmp_path / "fast" / "manager.conf").read_text()
    assert "noload" not in (tmp_path / "fast" / "modules.conf").read_text()
    assert "agi:async" not in dialplan_of(tmp_path / "fast")
    render(asyncagi(tmp_path / "async"), tmp_path / "async")
    manager = (tmp_path / "async" / "manager.conf").read_text()
    own = manager.split("[songhua-agi]")[1]
    assert "AS GOOD AS A SHELL" in manager
    assert "read = agi\nwrite = agi,reporting\n" in own
    assert "permit = 192.0.2.9/32" in own
    assert re.findall(r"^write = .*\bagi\b.*$", manager, re.MULTILINE) == ["write = agi,reporting"]
    assert "noload = func_shell.so" in (tmp_path / "async" / "modules.conf").read_text()
    dialplan = dialplan_of(tmp_path / "async")
    assert "Set(GW_DIALOGUE=${FLOW_KIND})\n same => n,AGI(agi:async)\n" in dialplan
    assert "agi://" not in dialplan


def test_asyncagi_needs_an_account_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="account of its own"):
        settings(tmp_path, dialogue="asyncagi")
    with pytest.raises(ValidationError, match="must differ"):
        settings(tmp_path, asyncagi=AmiUser(name="songhua", secret="s3cret-of-the-shell"))


def test_a_language_with_a_country_names_the_variable_that_the_gateway_sets(tmp_path: Path) -> None:
    render(settings(tmp_path), tmp_path / "out")
    text = (tmp_path / "out" / "dialplan" / "reach.conf").read_text()
    filtered = re.search(r"GLOBAL\(INCIDENT_\$\{FILTER\(([^,]+),\$\{CHANNEL\(language\)\}\)\}\)", text)
    assert filtered is not None
    for language in ("zh", "zh_CN"):
        kept = "".join(re.findall(f"[{filtered[1]}]", language))
        assert f"GLOBAL(INCIDENT_{kept})" == file_variable(language)
