"""What the terminal shows, in Chinese and in English."""

from __future__ import annotations

from typing import Literal

Language = Literal["zh", "en"]

WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "online": "已连接到调度中心",
        "offline": "未连接:",
        "waiting": "等待派单…",
        "job": "新派单",
        "urgent": "紧急",
        "recalled": "派单已撤回",
        "gone": "派单已不在办",
        "confirmed": "中心已确认",
        "denied": "代理服务器拒绝了本终端的消息",
        "kept": "已保存，恢复连接后发送",
        "no_jobs": "没有在办派单",
        "keys": "[a]接单 [x]拒单 [w]出发 [r]到达 [d]办结 [b]退回 [q]退出;字母后可加说明,数字选择派单",
        "delivered": "已送达",
        "displayed": "已查看",
        "accepted": "已接单",
        "declined": "已拒单",
        "on_the_way": "已出发",
        "arrived": "已到达",
        "done": "已办结",
        "returned": "已退回",
        "": "已收到",
    },
    "en": {
        "online": "connected to the centre",
        "offline": "not connected:",
        "waiting": "waiting for a job…",
        "job": "new job",
        "urgent": "URGENT",
        "recalled": "job recalled",
        "gone": "job no longer open",
        "confirmed": "confirmed by the centre",
        "denied": "the broker refuses this terminal's message",
        "kept": "kept, will be sent when the connection is back",
        "no_jobs": "no open job",
        "keys": "[a]ccept [x] decline [w] on the way a[r]rived [d]one [b] return [q]uit; "
        "text after the letter is the note, a number picks the job",
        "delivered": "delivered",
        "displayed": "displayed",
        "accepted": "accepted",
        "declined": "declined",
        "on_the_way": "on the way",
        "arrived": "arrived",
        "done": "done",
        "returned": "returned",
        "": "received",
    },
}
