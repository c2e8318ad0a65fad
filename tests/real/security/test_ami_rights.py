"""What the password of the manager's account opens on the rendered switch, tried from outside with it alone:
the actions it may ask for are a closed list, and each known way to a shell, a file or a secret is shut. What
stays open is told in docs/switch-security.md.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.peers.ami_listener import AmiListener
from tests.peers.asterisk import AsteriskPeer
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

MAY_ASK = (
    "AbsoluteTimeout Atxfer BlindTransfer Bridge BridgeDestroy BridgeInfo BridgeKick BridgeList "
    "BridgeTechnologyList BridgeTechnologySuspend BridgeTechnologyUnsuspend CancelAtxfer Challenge "
    "ConfbridgeKick ConfbridgeList ConfbridgeListRooms ConfbridgeLock ConfbridgeMute "
    "ConfbridgeSetSingleVideoSrc ConfbridgeUnlock ConfbridgeUnmute CoreSettings CoreShowChannelMap "
    "CoreShowChannels CoreStatus DBGet DBGetTree Events ExtensionState ExtensionStateList Getvar "
    "Hangup ListCommands LocalOptimizeAway LoggerRotate Login Logoff MailboxCount MailboxStatus "
    "MixMonitorMute Originate Ping PJSIPHangup PJSIPQualify PJSIPRegister "
    "PJSIPShowRegistrationsOutbound PJSIPUnregister PlayDTMF PresenceState QueueAdd "
    "QueueChangePriorityCaller QueueLog QueueMemberRingInUse QueuePause QueuePenalty QueueReload "
    "QueueRemove QueueReset QueueRule QueueStatus QueueSummary QueueWithdrawCaller Redirect SendFlash "
    "SendText Setvar ShowDialPlan Status StopMixMonitor UserEvent WaitEvent "
)
SHUT = (
    "Command", "GetConfig", "GetConfigJSON", "UpdateConfig", "CreateConfig", "ListCategories", "DBPut",
    "DBDel",
    "DBDelTree", "AGI", "MixMonitor", "ModuleLoad", "Reload", "MessageSend", "DialplanExtensionAdd", "Filter",
    "MuteAudio", "PJSIPShowAuths", "PJSIPShowEndpoint", "ConfbridgeStartRecord", "Record", "ControlPlayback",
    "SorceryMemoryCacheStale", "JabberSend", "FAXSessions",
)  # fmt: skip


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """Would be there if a program ran or a file was written where the attacker wished."""
    return tmp_path / "mark"


def answer(listener: AmiListener, *lines: str) -> str:
    """The first line and the message of the answer to one action."""
    before = len(listener.text)
    listener.ask(*lines, f"ActionID: t{before}")
    whole = re.compile(
        rb"Response: [^\r]*\r\n(?:[^\r]+\r\n)*?ActionID: t%d\r\n.*?\r\n\r\n" % before, re.DOTALL
    )
    found = wait_for(lambda: whole.findall(listener.text, before), f"answer to {lines[0]}")
    return str(found[0].decode(errors="replace"))


def test_the_account_may_ask_for_nothing_but_what_is_listed(asterisk: AsteriskPeer) -> None:
    with AmiListener(asterisk) as listener:
        listed = answer(listener, "Action: ListCommands")
        assert set(re.findall(r"^(\w+): .*\(Priv: ", listed, re.MULTILINE)) <= set(MAY_ASK.split())
        for action in SHUT:
            said = answer(listener, f"Action: {action}", "Channel: x", "Filename: manager.conf", "Family: a")
            assert "Permission denied" in said or "Invalid/unknown command" in said, action


def test_no_function_tells_a_file_a_secret_or_a_commands_output(asterisk: AsteriskPeer, mark: Path) -> None:
    ami, phone = asterisk.settings.ami, asterisk.settings.agents[0]
    asked = (
        f"SHELL(touch {mark})", f"EVAL(${{SHELL(touch {mark})}})", "FILE(/etc/hostname)", "ENV(PATH)",
        f"AST_CONFIG(manager.conf,{ami.name},secret)", f"AST_SORCERY(res_pjsip,auth,{phone.name},password)",
        "CURL(http://127.0.0.1/)", "DB(a/b)", "ODBC_X(1)", "REALTIME(a,b)", "STAT(e,/etc/passwd)",
        "PJSIP_AOR(agent-1,contact)", "VERSION(BUILD_USER)", "MINIVMACCOUNT(a:b)",
    )  # fmt: skip
    with AmiListener(asterisk) as listener:
        for function in asked:
            said = answer(listener, "Action: Getvar", f"Variable: {function}")
            value = re.search(r"^Value: ?(.*)\r$", said, re.MULTILINE)
            assert value is None or not value.group(1), function
            answer(listener, "Action: Setvar", f"Variable: {function}", "Value: x")
    assert not mark.exists()


def test_no_application_runs_a_program_or_writes_a_file(asterisk: AsteriskPeer, mark: Path) -> None:
    applications = (
        ("System", f"touch {mark}"), ("TrySystem", f"touch {mark}"), ("Exec", f"System(touch {mark})"),
        ("TryExec", f"System(touch {mark})"), ("ExecIf", f"1?System(touch {mark})"),
        ("ExternalIVR", f"{mark}"),
        ("Record", f"{mark}.wav"), ("AGI", f"{mark}"), ("EAGI", f"{mark}"), ("MixMonitor", f"{mark}.wav"),
        ("MixMonitor", f"x.wav,,touch {mark}"), ("Queue", f"hotline,,,,5,{mark}"), ("VoiceMail", "1"),
        ("Originate", f"Local/s@reach,app,System,touch {mark}"), ("Verbose", f"${{SHELL(touch {mark})}}"),
        ("Set", f"FILE({mark})=x"), ("MSet", f"FILE({mark})=x"), ("DBPut", "a/b=c"), ("Dictate", f"{mark}"),
        ("SayUnixTime", f",,${{FILE({mark})}}"), ("Log", f"NOTICE,${{SHELL(touch {mark})}}"), ("JACK", "x"),
        ("ReadFile", "x=/etc/passwd,9"), ("SendURL", "file:///etc/passwd"), ("Festival", "x"), ("SMS", "x"),
    )  # fmt: skip
    with AmiListener(asterisk) as listener:
        for number, (application, data) in enumerate(applications):
            listener.ask(
                "Action: Originate", "Channel: Local/held@control-parked/n", f"Application: {application}",
                f"Data: {data}", "Async: true", f"ActionID: o{number}",
            )  # fmt: skip
        wait_for(lambda: listener.text.count(b"Response: ") > len(applications), "all answers")
        answer(listener, "Action: Ping")
    asterisk.rx("channel request hangup all")
    asterisk.wait_idle()
    assert list(mark.parent.iterdir()) == []


@pytest.mark.parametrize("reach", ["before the conference", "in its channel"])
def test_no_conference_is_recorded_where_the_account_says(
    asterisk: AsteriskPeer, mark: Path, reach: str
) -> None:
    wanted = (
        ("CONFBRIDGE(bridge,record_conference)", "yes"),
        ("CONFBRIDGE(bridge,record_file)", f"{mark}.wav"),
        ("CONFBRIDGE(bridge,record_command)", f"touch {mark}"),
    )
    with AmiListener(asterisk) as listener:
        given = [f"Variable: {name}={value}" for name, value in wanted] if reach.startswith("before") else []
        listener.ask(
            "Action: Originate", "Channel: Local/hole@talkgroup/n", "Application: Wait", "Data: 1.5",
            "Async: true", *given,
        )  # fmt: skip
        wait_for(lambda: b"ConfbridgeStart" in listener.text, "the conference")
        channel = re.search(rb"Channel: (Local/hole@talkgroup-\w+;2)", listener.text)
        assert channel
        for name, value in wanted:
            answer(
                listener, "Action: Setvar", f"Channel: {channel.group(1).decode()}", f"Variable: {name}",
                f"Value: {value}",
            )  # fmt: skip
        wait_for(lambda: b"ConfbridgeEnd" in listener.text, "its end")
    asterisk.wait_idle()
    assert list(mark.parent.iterdir()) == []
