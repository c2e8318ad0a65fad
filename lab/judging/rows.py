"""What is counted, and the goals, which were set before any rule was written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`goal` is a share, at least so much of what is right, or at most of what is a fault."""

    key: str
    title: str
    goal: float | None = None
    fault: bool = False
    strict: bool = False

    def reached(self, share: float) -> bool | None:
        if self.goal is None:
            return None
        if self.fault:
            return share < self.goal if self.strict else share <= self.goal
        return share >= self.goal


ROWS = (
    Row("category_in_three", "category among the three best", 0.97),
    Row("category_first", "category first", 0.925),
    Row("district", "district", 0.97),
    Row("street", "street or landmark", 0.95),
    Row("place", "whole place"),
    Row("urgency", "urgency"),
    Row("danger_found", "danger to life found, with a right number", 1.0),
    Row("danger_alarmed", "danger to life alarmed, whatever number"),
    Row("false_alarms", "false alarms in calls without danger", 0.03, fault=True),
    Row("false_alarms_near", "false alarms in near-misses", fault=True),
    Row("handoff", "hand-over number, or none"),
    Row("wrong_but_sure", "wrong but sure, of all that is sure", 0.02, fault=True, strict=True),
    Row("no_report_empty", "calls that are no report left empty", 1.0),
    Row("nothing_filled", "left empty where nothing may be filled"),
    Row("intent", "intent"),
    Row("evidence", "evidence overlaps the proof"),
    Row("further", "further problems found"),
)
