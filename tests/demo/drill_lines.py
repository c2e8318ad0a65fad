"""Every step of `--story drill` in both languages, in the order in which it is told."""

from __future__ import annotations

from tests.demo.report import Line

UNITS = Line(
    "units", "处置单元", "units", "两台模拟终端报位置，一台在预警区内，一台在区外",
    "two simulated terminals say where they are: one in the area, one outside",
)  # fmt: skip
SCREENS = Line(
    "screens", "画面", "pages", "市民页面、班长桌面和大屏打开，没有预警",
    "the page of the public, a supervisor's desk and the wallboard open; no warning",
)  # fmt: skip
CHECKED = Line(
    "checked", "气象台", "weather bureau", "发来签名的演习预警（模拟），核对签名；伪造的被拒",
    "sends a signed exercise (simulated); it is checked, and a forged one is refused",
)  # fmt: skip
EXERCISE = Line(
    "exercise", "班长", "supervisor", "演习一人即可发布：区内单元收到并确认，处处标明演习",
    "releases the exercise alone: the unit in the area has it and says so; all is marked",
)  # fmt: skip
EXERCISE_OVER = Line(
    "exercise-over", "班长", "supervisor", "停止演习，画面撤下", "stops it; the pages are clear"
)
ARRIVED = Line(
    "arrived", "气象台", "weather bureau", "发来真实预警，须两人发布",
    "sends an actual warning, which two people must release",
)  # fmt: skip
FIRST = Line(
    "first", "第一人", "first person", "发布：什么都没有发出；他不能当第二人",
    "releases it: nothing has gone out; the same person is not the second",
)  # fmt: skip
SECOND = Line(
    "second", "第二人", "second person", "发布：短信到区内单元，市民页面、桌面和大屏显示",
    "releases it: the unit in the area has it; the public, desk and wallboard see it",
)  # fmt: skip
UPDATED = Line(
    "updated", "气象台", "weather bureau", "更新预警，两人发布后取代前一条",
    "updates it by reference: released by two, it replaces the one before",
)  # fmt: skip
CANCELLED = Line(
    "cancelled", "气象台", "weather bureau", "解除预警，两人发布后处处显示解除",
    "cancels it by reference: released by two, the all-clear goes to the same area",
)  # fmt: skip
COUNTS = Line(
    "counts", "计数", "counts", "每条预警应达、送达、确认；每台终端每条只收一次",
    "of each warning: to be told, reached, acknowledged; each terminal had each once",
)  # fmt: skip
TRAIL = Line(
    "trail", "审计", "audit trail", "每次发布、停止都有记录，签名链核对无误",
    "has every act by its person; the signed chain verifies",
)  # fmt: skip
