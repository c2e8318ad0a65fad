"""What `songhua unit` and `songhua tg` say, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.asterisk.findings import Text

WORDS: Final[Mapping[str, Text]] = {
    "unit": Text("单元", "unit"),
    "name": Text("名称", "name"),
    "aliases": Text("别名", "aliases"),
    "addresses": Text("其他网络地址", "addresses"),
    "devices": Text("定位应用", "location apps"),
    "crew": Text("人员", "crew"),
    "vehicle": Text("车辆", "vehicle"),
    "skills": Text("技能", "skills"),
    "shift": Text("班次", "shift"),
    "state": Text("状态", "state"),
    "heard": Text("最近一次", "last heard"),
    "place": Text("位置", "place"),
    "groups": Text("通话组", "talkgroups"),
    "bearers": Text("承载", "bearers"),
    "members": Text("组员", "members"),
    "listening": Text("在听", "listening"),
    "group": Text("通话组", "talkgroup"),
    "class": Text("类别", "class"),
    "priority": Text("优先级", "priority"),
    "case": Text("案件", "case"),
    "monitor": Text("可监听", "may monitor"),
    "talk": Text("可讲话", "may talk"),
    "patch": Text("可并接", "may patch"),
    "online": Text("在线", "online"),
    "offline": Text("离线", "offline"),
    "revoked": Text("已注销", "revoked"),
    "by": Text("经", "by"),
    "ago": Text("{s} 秒前", "{s} s ago"),
    "enrolled": Text(
        "{unit} 已登记。密码只显示这一次：", "{unit} is enrolled. Its password is told this once:"
    ),
    "client_id": Text(
        "{device} 的 MQTT 客户端 ID：{client_id}", "MQTT client id for the app on {device}: {client_id}"
    ),
    "kept": Text(
        "{unit} 已登记，密码写入 {file}（0600）", "{unit} is enrolled; its password is in {file} (0600)"
    ),
    "revoked_now": Text(
        "{unit} 已注销：不能再登录，正在使用的连接已断开",
        "{unit} is revoked: it can no longer sign in, and what it had open is cut",
    ),
    "set": Text("{unit} 已更改", "{unit} is changed"),
    "made": Text("{group} 已建立", "{group} is made"),
    "removed": Text("{group} 已撤销", "{group} is removed"),
    "moved": Text("{group} 的组员：{units}", "on {group}: {units}"),
    "nothing": Text("没有要更改的内容；见 --help", "nothing is to be changed; see --help"),
    "bad_time": Text(
        "班次写作 开始/结束，例如 2026-11-26T08:00/2026-11-26T16:00",
        "a shift is START/END, for example 2026-11-26T08:00/2026-11-26T16:00",
    ),
    "floor": Text("话权", "floor"),
    "talker": Text("讲话人", "talks"),
    "since": Text("开始于", "since"),
    "waiting": Text("等待", "waiting"),
    "emergency": Text("紧急", "EMERGENCY"),
    "call": Text("通话", "call"),
    "patched_to": Text("并接到", "patched to"),
    "patch_joined": Text("互通", "one floor"),
    "joined_done": Text("{group} 与 {other} 已并接", "{group} and {other} are patched"),
    "joined_uncertain": Text(
        "交换机未确认，不确定 {group} 与 {other} 是否已并接；用同一 --op 再试不会重复执行",
        "the switch has not said so: {group} and {other} may be patched; try the same --op again",
    ),
    "patch_talks": Text("电话在讲话", "the telephone talks"),
    "patch_listens": Text("电话在收听", "the telephone listens"),
    "patch_done": Text("已并接到 {group}", "put through to {group}"),
    "patch_uncertain": Text(
        "与交换机的连接中断，不确定是否已并接到 {group}；用同一 --op 再试不会重复执行",
        "the link to the switch was lost: it may have been put through to {group}; try the same --op again",
    ),
    "unpatch_done": Text("{group} 的并接已结束", "the patch of {group} has ended"),
    "unpatch_uncertain": Text(
        "与交换机的连接中断，不确定 {group} 的并接是否已结束；用同一 --op 再试不会重复执行",
        "the link to the switch was lost: the patch of {group} may have ended; try the same --op again",
    ),
    "floor_idle": Text("空闲", "free"),
    "floor_requested": Text("正在申请", "asked for"),
    "floor_taken": Text("有人讲话", "taken"),
    "floor_hang": Text("刚讲完", "just ended"),
    "floor_away": Text("话权控制不在线", "floor control is away"),
    "reasons": Text("理由", "reasons"),
    "distance": Text("距离", "distance"),
    "metres": Text("{m} 米", "{m} m"),
    "lasted": Text("时长", "lasted"),
    "at": Text("位于", "at"),
    "recorded": Text("已录", "recorded"),
    "ended_by": Text("结束原因", "ended by"),
    "on_air": Text("正在讲话", "on the air"),
    "not_recorded": Text("其中 {seconds} 秒讲话没有录下", "{seconds} s of what was said are not recorded"),
    "recalled": Text("{seconds} 秒已写入 {file}", "{seconds} s are in {file}"),
    "no_file": Text("{file} 写不了：{why}", "{file} cannot be written: {why}"),
}

PROBLEMS: Final[Mapping[str, Text]] = {
    "unknown-unit": Text(
        "没有这个单元；见 songhua unit list", "there is no such unit; see songhua unit list"
    ),
    "unit-exists": Text("已有这个单元", "there is such a unit already"),
    "unit-name-taken": Text(
        "别名或地址已属于另一个单元", "an alias or address of it belongs to another unit"
    ),
    "unit-revoked": Text("这个单元已注销；请重新登记", "the unit was revoked; enrol it again"),
    "unknown-talkgroup": Text(
        "没有这个通话组；见 songhua tg list", "there is no such talkgroup; see songhua tg list"
    ),
    "talkgroup-exists": Text("已有这个通话组", "there is such a talkgroup already"),
    "no-such-case": Text("没有这个案件", "there is no such case"),
    "unknown-dispatch": Text(
        "没有这个派遣；先查案件：songhua dispatch show 案件号",
        "there is no such dispatch; look by its case: songhua dispatch show CASE",
    ),
    "no-such-dispatch": Text("没有这个派遣", "there is no such dispatch"),
    "wrong-step": Text(
        "现在不能这样做：先看 songhua dispatch show", "not possible now: see songhua dispatch show"
    ),
    "reason-missing": Text("请写明原因：--reason", "say why: --reason"),
    "job-not-accepted": Text(
        "单元还没有接受任务，或任务已不在它手上", "the unit has not accepted the job, or has it no more"
    ),
    "unit-without-telephone": Text(
        "单元没有电话：songhua unit set 单元 --address phone:号码",
        "the unit has no telephone: songhua unit set UNIT --address phone:NUMBER",
    ),
    "no-such-statuses": Text(
        "没有这个版本；见 songhua dispatch statuses versions",
        "there is no such version; see songhua dispatch statuses versions",
    ),
    "statuses-moved-on": Text(
        "生效的已是另一个版本；请先查看", "another version is in force meanwhile; look at it first"
    ),
    "statuses-invalid": Text("这张表有问题；见 check", "something is wrong with this table; see check"),
    "broker-away": Text(
        "连不上消息代理：什么也没有改变；见 songhua.toml 的 [mqtt]",
        "the broker is away: nothing was changed; see [mqtt] in the settings",
    ),
    "broker-refused": Text(
        "消息代理不认这个账号：什么也没有改变；见 [mqtt.accounts.centre]",
        "the broker refuses this account: nothing was changed; see [mqtt.accounts.centre]",
    ),
}
"""By the kind of the error; any other one is told as every command tells it."""
