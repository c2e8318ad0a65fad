"""Every step of `--story loop` in both languages, in the order in which it is told."""

from __future__ import annotations

from tests.demo.report import Line

HOURS = Line(
    "hours", "管理员", "administrator", "把短信静默时段改为无，供演示",
    "sets quiet hours of text messages to none, for the demo",
)  # fmt: skip
WECHAT = Line(
    "wechat", "市民甲", "first citizen", "在微信里发照片、位置和文字，收到编号",
    "sends photo, place and words by WeChat; gets a number",
)  # fmt: skip
FILED = Line(
    "filed", "坐席", "agent", "审阅上报并立案，案件自动派到责任部门",
    "reads the report and files it; its department has the case at once",
)  # fmt: skip
CALL = Line(
    "call", "市民乙", "second citizen", "打电话反映同一地点，弹出同地案件，另立一案",
    "phones about the same place; the open case is offered; a case of his own",
)  # fmt: skip
MERGED = Line(
    "merged", "调度员", "dispatcher", "并单，市民乙收到短信", "merges it; the second citizen gets a text"
)
RETURNED = Line(
    "returned", "承办部门", "department", "退单并说明理由，时钟暂停", "returns the case; its clock stands"
)
DISPUTED = Line(
    "disputed", "承办部门", "department", "调度员驳回后提出异议", "objects once the dispatcher refused that"
)
REVIEWED = Line(
    "reviewed", "班长", "supervisor", "第二人复核：维持派单，时钟继续；驳回的人不能自己复核",
    "reviews it as a second person and sends it back; who refused may not",
)  # fmt: skip
EXTENDED = Line(
    "extended", "承办部门", "department", "申请延期，班长批准，时限顺延",
    "asks for an extension, which the supervisor grants",
)  # fmt: skip
DONE = Line(
    "done", "承办部门", "department", "附前后照片反馈，案件待核查", "answers with photos before and after"
)
CLOSED = Line(
    "closed", "核查员", "acceptor", "核查并按结案条件结案，两位市民都收到通知",
    "checks it and closes it by a condition; both citizens are told",
)  # fmt: skip
DISSATISFIED = Line(
    "dissatisfied",
    "市民甲",
    "first citizen",
    "在微信里评一星：没解决",
    "rates one star by WeChat: not solved",
)
REOPENED = Line(
    "reopened", "班长", "supervisor", "看到不满意，重新办理，部门重办计一次",
    "sees that and reopens the case; the department's rework is counted",
)  # fmt: skip
REWORKED = Line(
    "reworked", "承办部门", "department", "重办后再次核查结案，两位市民再次收到通知",
    "works again; checked, closed, and both are told again",
)  # fmt: skip
SATISFIED = Line("satisfied", "市民甲", "first citizen", "评五星", "rates five stars")
RECORD = Line(
    "record", "案件", "case", "经过齐全，评价指标计一次重办",
    "has every act in its order; the evaluation counts one case and one rework",
)  # fmt: skip
