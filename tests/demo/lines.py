"""Every step of the story in both languages, in the order in which it is told."""

from __future__ import annotations

from tests.demo.report import Line

SWITCH = Line("switch", "交换机", "Asterisk", "启动，并按模板渲染配置", "starts on rendered templates")
BROKER = Line("broker", "消息代理", "Mosquitto", "启动，谁都不匿名", "starts, nobody anonymous")
SERVICE = Line(
    "service", "松花", "Songhua", "建库、建用户、各角色启动", "makes its database and people, roles start"
)
AGENT_READY = Line(
    "agent-ready", "坐席", "agent", "登录，浏览器电话注册，示闲", "signs in, browser phone registers, ready"
)
UNIT_READY = Line("unit-ready", "处置单元", "unit", "在终端上登录", "signs in on its terminal")
RING = Line("ring", "市民", "citizen", "拨打热线，振铃时坐席弹屏", "phones; the agent's screen pops at ring")
ANSWER = Line("answer", "坐席", "agent", "在浏览器里接听", "answers in the browser")
TRANSCRIPT = Line(
    "transcript",
    "通话",
    "call",
    "双方互相听见，双方的话实时出现",
    "each hears the other; both appear as they speak",
)
DRAFT = Line(
    "draft", "草稿", "draft", "案件草稿自动填写，每项带原话", "fills itself, each value with its words"
)
CONFIRM = Line(
    "confirm",
    "坐席",
    "agent",
    "更正并确认，把案件编号告诉市民",
    "corrects and confirms; tells the case number",
)
DISPATCH = Line("dispatch", "坐席", "agent", "派给处置单元", "dispatches the case to the unit")
DELIVERED = Line("delivered", "处置单元", "unit", "终端收到并显示任务", "gets the job on its terminal")
ON_SITE = Line(
    "on-site",
    "处置单元",
    "unit",
    "接受、出发、到达、处置完毕并附说明",
    "accepts, is on the way, arrives, is done",
)
HANG_UP = Line(
    "hang-up", "市民", "citizen", "挂机，坐席登记来电性质", "hangs up; the agent sets the disposition"
)
CLOSE = Line(
    "close", "核查员", "acceptor", "核查后结案，是单独的一步", "verifies and closes: an act of its own"
)
LEDGER = Line(
    "ledger", "台账", "ledger", "一个编号下有通话、录音、转写、案件、派遣", "holds everything under one id"
)
CHAIN = Line("chain", "台账", "ledger", "签名链核对无误", "its signed chain verifies")
COMPARE = Line("compare", "草稿", "draft", "与期望逐项对照", "is compared with what was expected")
PICTURES = Line(
    "pictures", "画面", "pictures", "拍下坐席和终端的画面", "of the desk and the unit's page are taken"
)
