"""What `songhua dispatch` says, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.asterisk.findings import Text

WORDS: Final[Mapping[str, Text]] = {
    "dispatch": Text("派遣", "dispatch"),
    "unit": Text("单元", "unit"),
    "state": Text("状态", "state"),
    "urgent": Text("紧急", "URGENT"),
    "what": Text("内容", "what"),
    "bearer": Text("承载", "bearer"),
    "address": Text("地址", "address"),
    "stage": Text("进展", "stage"),
    "queued_at": Text("排队", "queued"),
    "sent_at": Text("送出", "sent"),
    "delivered_at": Text("送达", "delivered"),
    "displayed_at": Text("显示", "displayed"),
    "answered_at": Text("回应", "answered"),
    "why": Text("原因", "why"),
    "since": Text("自", "since"),
    "nothing_told": Text("尚无单元接到通知", "no unit was told of it yet"),
    "nothing_overdue": Text("没有逾期的派遣", "nothing is overdue"),
    "job": Text("任务", "job"),
    "recall": Text("取消", "recall"),
    "talk": Text("接通市民", "talk to the citizen"),
    "terminal": Text("终端", "terminal"),
    "text": Text("电台短信", "text to the radio"),
    "call": Text("电话", "call"),
    "queued": Text("排队中", "queued"),
    "unreachable": Text("联系不上", "unreachable"),
    "sent": Text("已送出", "sent"),
    "delivered": Text("已送达", "delivered"),
    "displayed": Text("已显示", "displayed"),
    "accepted": Text("已接受", "accepted"),
    "declined": Text("已拒绝", "declined"),
    "failed": Text("失败", "failed"),
    "stopped": Text("已停止", "stopped"),
    "open": Text("待回应", "open"),
    "answered": Text("已回应", "answered"),
    "recalled": Text("已取消", "recalled"),
    "ended": Text("已结束", "ended"),
    "no_bearer": Text("没有可用承载", "nothing reaches it"),
    "not_sent": Text("未能送出", "not sent"),
    "not_delivered": Text("未送达", "not delivered"),
    "not_displayed": Text("未显示", "not displayed"),
    "no_answer": Text("无人回应", "no answer"),
}
