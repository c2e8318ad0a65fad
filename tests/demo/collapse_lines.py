"""What `--story collapse` tells besides the plain story's steps, in both languages and in order."""

from __future__ import annotations

from tests.demo.report import Line

AIR = Line("air", "电台", "radio", "真实的反射器和电台节点启动", "a real reflector and a radio's node start")
CITY = Line(
    "city", "城市", "city", "导入地点、摄像头和应急预案，班长话机和城市电话启动",
    "has its places, cameras and plan imported; telephones of centre and city start",
)  # fmt: skip
CREWS_READY = Line(
    "crews-ready", "处置单元", "units", "两支抢修队和一名巡查员登录终端，听本组",
    "two crews and an inspector sign in, on one talkgroup",
)  # fmt: skip
LOOKED = Line(
    "looked", "调度员", "dispatcher", "用看得见现场的最近摄像头抓拍，照片归入案件",
    "looks through the nearest camera that sees the place; the picture is on the case",
)  # fmt: skip
SEEN_LIVE = Line(
    "seen-live", "调度员", "dispatcher", "看现场实时画面，塌陷可见", "sees it live, with the hole"
)
PARALLEL = Line(
    "parallel", "调度员", "dispatcher", "按预案同时派两支抢修队和巡查员，区里同时签收",
    "sends both crews and the inspector by the plan; the district has signed for it too",
)  # fmt: skip
TRAFFIC_RADIO = Line(
    "traffic-radio", "班长", "supervisor", "按预案打电话告知交通广播，双方互相听见",
    "phones the traffic radio by the plan; both hear each other",
)  # fmt: skip
PATCHED = Line(
    "patched", "坐席", "agent", "把市民的电话接进抢修队的通话组",
    "puts the citizen's call through to the crews' talkgroup",
)  # fmt: skip
RADIO_HEARD = Line(
    "radio-heard", "队长", "crew", "用电台说话，市民听见", "speaks by radio; the citizen hears it"
)
CITIZEN_HEARD = Line(
    "citizen-heard", "市民", "citizen", "坐席替他按下讲话键，电台里听见他",
    "the agent keys for him; he is heard on the radio",
)  # fmt: skip
UNPATCHED = Line(
    "unpatched", "坐席", "agent", "断开转接，继续和市民通话",
    "ends the patch and speaks with the citizen again",
)  # fmt: skip
UNDER_WAY = Line(
    "under-way", "处置单元", "units", "收到、接受、出发、到达，现场已围挡",
    "get it, accept, are on the way, arrive; the place is fenced",
)  # fmt: skip
SCENE = Line(
    "scene", "抢修队", "crew", "终端摄像头拍现场，画面到调度台",
    "takes the scene by the terminal's camera; the dispatcher sees it",
)  # fmt: skip
CONFERENCE = Line(
    "conference", "会商", "conference", "班长、区里、抢修队和通话组：互相听见，录音",
    "of supervisor, district, crew and talkgroup: they hear each other, it is recorded",
)  # fmt: skip
EMERGENCY = Line(
    "emergency", "抢修队", "crew", "按紧急按钮，调度员具名应答、解除",
    "holds the emergency button; the dispatcher answers by name, clears it",
)  # fmt: skip
REPAIRED = Line("repaired", "抢修队", "crews", "处置完毕", "are done")
DISTRICT = Line("district", "区里", "district", "反馈处置结果", "reports back")
INSPECTED = Line(
    "inspected", "巡查员", "inspector", "拍照核实，照片带时间，到中心后有校验值",
    "takes a picture of it, which arrives with its hash",
)  # fmt: skip
VERIFIED = Line(
    "verified", "核查员", "acceptor", "用同一摄像头抓拍，处置前后对照，摄像头核查通过",
    "has the same camera look again, sees before and after, verifies by camera",
)  # fmt: skip
CLOSED = Line("closed", "核查员", "acceptor", "结案，是单独的一步", "closes it: an act of its own")
VIEWS = Line(
    "views", "台账", "ledger", "每次查看、每张照片、每步预案、会商都有记录",
    "has every view, picture, step of the plan, and the conference",
)  # fmt: skip
