"""What `songhua emergency` says, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.asterisk.findings import Text

WORDS: Final[Mapping[str, Text]] = {
    "emergency": Text("呼救编号", "emergency"),
    "unit": Text("单元", "unit"),
    "kind": Text("种类", "kind"),
    "alarm": Text("报警按钮（数据）", "alarm (data)"),
    "call": Text("紧急通话（话音）", "emergency call (voice)"),
    "talkgroup": Text("通话组", "talkgroup"),
    "state": Text("状态", "state"),
    "raised": Text("待应答", "raised"),
    "acknowledged": Text("已应答", "acknowledged"),
    "cleared": Text("已解除", "cleared"),
    "asked": Text("等待", "asked"),
    "dispatcher": Text("值班调度员", "the dispatchers"),
    "next_dispatcher": Text("下一位调度员", "the next dispatcher"),
    "supervisor": Text("班长", "the supervisor"),
    "raised_at": Text("发出", "raised at"),
    "repeats": Text("次数", "said"),
    "place": Text("位置", "place"),
    "case": Text("案件", "case"),
    "by": Text("应答人", "acknowledged by"),
    "cleared_by": Text("解除人", "cleared by"),
    "note": Text("说明", "note"),
    "false_alarm": Text("误报", "False alarm"),
    "none": Text("没有呼救", "there is no emergency"),
    "at": Text("时间", "at"),
    "act": Text("事项", "what"),
    "actor": Text("何人", "by"),
    "words": Text("内容", "words"),
    "case_comes": Text("（立案中）", "(being made)"),
    "act_acknowledged": Text(
        "{unit} 的呼救已由 {name} 应答", "the emergency of {unit} is acknowledged by {name}"
    ),
    "act_cleared": Text("{unit} 的呼救已由 {name} 解除", "the emergency of {unit} is cleared by {name}"),
    "file": Text("立案", "case filed"),
    "emergency-raised": Text("呼救", "raised"),
    "emergency-repeated": Text("再次呼救", "said again"),
    "emergency-located": Text("位置", "location"),
    "emergency-escalated": Text("无人应答，转", "nobody answered: asked"),
    "emergency-acknowledged": Text("应答", "acknowledged"),
    "emergency-cleared": Text("解除", "cleared"),
    "cancel": Text("案件撤销", "case cancelled"),
}
