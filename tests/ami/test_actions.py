"""Typed actions: no text of a caller becomes a channel pattern, a variable name, an application or data."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ami.actions import (
    Action,
    CallerLevel,
    DeviceState,
    EndPage,
    EndPlaced,
    EndTap,
    Getvar,
    HangupChannel,
    MarkPlaced,
    MarkRecording,
    MuteLeg,
    MuteRecording,
    Originate,
    PageGroup,
    PlayDtmf,
    QueueAdd,
    QueuePause,
    QueuePenalty,
    QueuePriority,
    QueueRemove,
    Redirect,
    SendPlaced,
    Setvar,
    TapLeg,
    UntypedAction,
)
from gateway.ami.codec import encode
from gateway.ami.errors import UnsafeValue
from gateway.ami.values import Dialplan

DIALPLAN = Dialplan(contexts=frozenset({"agents"}), variables=frozenset({"CASE_NUMBER"}))
LEG = "PJSIP/agent-1-0000002a"
STREAM = "0190b6c2-7f4e-7a3a-9d0e-2f6f0c0e8a11"
GROUP = IPv4Address("239.192.10.1")


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (HangupChannel(LEG), [("Channel", LEG), ("Cause", "16")]),
        (QueueRemove("hotline", "PJSIP/agent-1"), [("Queue", "hotline"), ("Interface", "PJSIP/agent-1")]),
        (
            QueuePause("PJSIP/agent-1", paused=True, queue="hotline", reason="wrap-up"),
            [("Interface", "PJSIP/agent-1"), ("Paused", "true"), ("Queue", "hotline"), ("Reason", "wrap-up")],
        ),
        (
            QueueAdd("hotline", "PJSIP/agent-1", member_name="话务员甲", penalty=2),
            [
                ("Queue", "hotline"),
                ("Interface", "PJSIP/agent-1"),
                ("Penalty", "2"),
                ("Paused", "false"),
                ("MemberName", "话务员甲"),
            ],
        ),
        (Setvar("CASE_NUMBER", "南岗-7"), [("Variable", "CASE_NUMBER"), ("Value", "南岗-7")]),
        (Getvar("CASE_NUMBER", LEG), [("Variable", "CASE_NUMBER"), ("Channel", LEG)]),
        (DeviceState("PJSIP/agent-1"), [("Variable", "DEVICE_STATE(PJSIP/agent-1)")]),
        (
            Redirect(LEG, "agents", "8002"),
            [("Channel", LEG), ("Context", "agents"), ("Exten", "8002"), ("Priority", "1")],
        ),
        (
            Redirect(LEG, "agents", "8002", other="PJSIP/trunk-1", other_extension="u-1.2*8003"),
            [
                ("Channel", LEG),
                ("Context", "agents"),
                ("Exten", "8002"),
                ("Priority", "1"),
                ("ExtraChannel", "PJSIP/trunk-1"),
                ("ExtraContext", "agents"),
                ("ExtraExten", "u-1.2*8003"),
                ("ExtraPriority", "1"),
            ],
        ),
        (
            QueuePenalty("hotline", "PJSIP/agent-1", 3),
            [("Interface", "PJSIP/agent-1"), ("Penalty", "3"), ("Queue", "hotline")],
        ),
        (
            QueuePriority("hotline", LEG, 20, 1_750_000_001.0),
            [("Queue", "hotline"), ("Caller", LEG), ("Priority", "2099999998"), ("Immediate", "yes")],
        ),
        (CallerLevel(LEG, 99), [("Variable", "FLOW_PRIORITY"), ("Value", "20"), ("Channel", LEG)]),
        (EndTap(STREAM), [("Channel", f"tap-{STREAM}"), ("Cause", "16")]),
        (EndPlaced(f"al-{STREAM}"), [("Channel", f"al-{STREAM}"), ("Cause", "16")]),
        (
            SendPlaced(f"al-{STREAM}", "agents", "answered"),
            [
                ("Channel", f"al-{STREAM}"),
                ("Context", "agents"),
                ("Exten", "answered"),
                ("Priority", "1"),
            ],
        ),
        (
            MuteLeg(LEG, muted=True),
            [("Variable", "ARRAY(CONTROL_MUTED,MUTEAUDIO(in))"), ("Value", "yes,on"), ("Channel", LEG)],
        ),
        (
            MuteLeg(LEG, muted=False),
            [("Variable", "ARRAY(CONTROL_MUTED,MUTEAUDIO(in))"), ("Value", "no,off"), ("Channel", LEG)],
        ),
        (
            MarkPlaced(f"fu-{STREAM}", "CASE_NUMBER", "7"),
            [("Variable", "CASE_NUMBER"), ("Value", "7"), ("Channel", f"fu-{STREAM}")],
        ),
        (MuteRecording(LEG, muted=True), [("Channel", LEG), ("Direction", "both"), ("State", "1")]),
        (
            MarkRecording(
                paused=True, uniqueid="s-1.1", linkedid="s-1.0", reason="card", by="li", mark=STREAM
            ),
            [
                ("Channel", "Local/paused@recording-mark/n"),
                ("Context", "recording-mark"),
                ("Exten", "done"),
                ("Priority", "1"),
                ("ChannelId", f"tap-mark-{STREAM}"),
                ("OtherChannelId", f"tap-mark-{STREAM}-2"),
                ("Variable", "__RECORDING_MARK=s-1.1/s-1.0/card/li"),
                ("Variable", "CDR_PROP(disable)=1"),
                ("Async", "true"),
                ("Timeout", "5000"),
            ],
        ),
        (PlayDtmf(LEG, "#"), [("Channel", LEG), ("Digit", "#"), ("Duration", "100")]),
        (
            TapLeg(LEG, "127.0.0.1:9000", STREAM),
            [
                ("Channel", f"AudioSocket/127.0.0.1:9000/{STREAM}/c(slin)"),
                ("Application", "ChanSpy"),
                ("Data", f"{LEG},qoSE"),
                ("ChannelId", f"tap-{STREAM}"),
                ("Variable", "CDR_PROP(disable)=1"),
                ("Async", "true"),
                ("Timeout", "5000"),
            ],
        ),
        (
            PageGroup(GROUP, 5004, "alaw", 4, IPv4Address("10.1.2.3"), "agents", "exercise-alert"),
            [
                ("Channel", "MulticastRTP/basic/239.192.10.1:5004//c(alaw)t(4)i(10.1.2.3)"),
                ("Context", "agents"),
                ("Exten", "exercise-alert"),
                ("Priority", "1"),
                ("Variable", "CDR_PROP(disable)=1"),
                ("Timeout", "5000"),
            ],
        ),
        (EndPage(STREAM), [("Channel", f"tap-page-{STREAM}"), ("Cause", "16")]),
        (
            Originate(
                "PJSIP/13800138000@trunk",
                "agents",
                "8001",
                caller_number="12345",
                caller_name="热线",
                timeout=20,
                variables={"CASE_NUMBER": "7"},
            ),
            [
                ("Channel", "PJSIP/13800138000@trunk"),
                ("Context", "agents"),
                ("Exten", "8001"),
                ("Priority", "1"),
                ("CallerID", '"热线" <12345>'),
                ("Timeout", "20000"),
                ("Variable", "CASE_NUMBER=7"),
            ],
        ),
    ],
)
def test_the_headers_are_what_asterisk_documents(action: Action, expected: list[tuple[str, str]]) -> None:
    assert action.headers(DIALPLAN) == expected


@pytest.mark.parametrize(
    "action",
    [
        HangupChannel("/.*/"),
        HangupChannel("/PJSIP.*/"),
        HangupChannel("all"),
        HangupChannel(""),
        Redirect(LEG, "default", "8002"),
        Redirect(LEG, "agents", "8002", other=LEG, other_context="default"),
        PlayDtmf(LEG, "12"),
        PlayDtmf("all", "1"),
        Redirect(LEG, "agents", "System(reboot)"),
        MuteLeg("/.*/", muted=True),
        MuteRecording("/.*/", muted=True),
        EndTap("/.*/"),
        EndPlaced("/.*/"),
        EndPlaced("all"),
        EndPlaced("1764150000.7"),
        SendPlaced("all", "agents", "answered"),
        SendPlaced(f"al-{STREAM}", "default", "answered"),
        EndTap("all"),
        EndPage("all"),
        PageGroup(GROUP, 5004, "ulaw", 1, None, "default", "actual-alert"),
        PageGroup(GROUP, 70_000, "ulaw", 1, None, "agents", "actual-alert"),
        PageGroup(IPv4Address("10.0.0.1"), 5004, "ulaw", 1, None, "agents", "actual-alert"),
        MarkRecording(paused=True, uniqueid="u", linkedid="l", reason="a,b", by="x", mark=STREAM),
        MarkRecording(paused=True, uniqueid="u", linkedid="l", reason="card", by="${SHELL(id)}", mark=STREAM),
        QueuePenalty("hotline", "PJSIP/agent-1\r\nAction: Hangup", 1),
        QueuePriority("hotline", "all", 1, 0.0),
        CallerLevel("/.*/", 1),
        Originate("PJSIP/8001", "default", "1"),
        Originate("Local/1@default/n", "agents", "1"),
        Originate("PJSIP/8001&PJSIP/8002", "agents", "1"),
        Originate("PJSIP/8001/sip:x@example.org", "agents", "1"),
        Originate("DAHDI/1", "agents", "1"),
        Originate("PJSIP/8001", "agents", "1", variables={"FILE(/etc/passwd,,,al,u)": "x"}),
        Originate("PJSIP/8001", "agents", "1", variables={"CASE_NUMBER": "7,FILE(/tmp/x,,,al,u)=y"}),
        Originate("PJSIP/8001", "agents", "1", caller_number="1", caller_name='x" <2>'),
        Originate("PJSIP/8001", "agents", "1", timeout=0),
        Setvar("AST_CONFIG(manager.conf,all,secret)", "x"),
        Setvar("CASE_NUMBER", "${SHELL(reboot)}"),
        Getvar("SHELL(reboot)"),
        DeviceState("PJSIP/x)${SHELL(reboot)"),
        TapLeg(f"{LEG},x", "127.0.0.1:9000", STREAM),
        MarkPlaced(LEG, "CASE_NUMBER", "7"),
        MarkPlaced(f"fu-{STREAM}", "GLOBAL(X)", "7"),
        TapLeg(LEG, "127.0.0.1:9000/x", STREAM),
        TapLeg(LEG, "127.0.0.1:9000", "not-a-uuid"),
        UntypedAction("Command", {"Command": "core stop now"}),
        UntypedAction("Originate", {}),
        UntypedAction("Status", {"Variables": "SHELL(reboot)"}),
        UntypedAction("QueueAdd", {"Queue": "hotline", "Interface": "Local/1@default/n"}),
        UntypedAction("Status", {"Channel": "/.*/"}),
        QueueAdd("hotline,x", "PJSIP/agent-1"),
        QueueAdd("hotline", "Local/1@default/n"),
    ],
)
def test_what_could_become_more_than_a_value_is_refused(action: Action) -> None:
    with pytest.raises(UnsafeValue):
        action.headers(DIALPLAN)


@given(st.text(max_size=60))
def test_any_text_as_a_channel_is_one_exact_channel_or_refused(text: str) -> None:
    try:
        [(_, name), _] = HangupChannel(text).headers(DIALPLAN)
    except UnsafeValue:
        return
    assert name == text
    assert re.match(r"[A-Za-z]", name)
    assert not set(name) & set(",\"'\\ \r\n|^$?[]{}")


@given(st.text(max_size=60))
def test_any_text_as_a_variables_value_stays_one_value(text: str) -> None:
    action = Originate("PJSIP/8001", "agents", "1", variables={"CASE_NUMBER": text})
    try:
        headers = action.headers(DIALPLAN)
    except UnsafeValue:
        return
    assert headers[-1] == ("Variable", f"CASE_NUMBER={text}")
    assert encode("Originate", headers, action_id="x").count(b"\n") == len(headers) + 3
    assert "," not in text
