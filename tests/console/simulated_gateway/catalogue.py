"""What a case can be about, and where: the few categories and districts of the simulated city."""

from __future__ import annotations

from cases.drafting.model import FieldName

CATEGORIES = (
    ("P0101", "part", "上水井盖", "Water-supply manhole cover"),
    ("P0103", "part", "雨水井盖", "Storm-drain manhole cover"),
    ("P0137", "part", "路灯", "Street light"),
    ("E0110", "event", "暴露垃圾", "Exposed rubbish"),
)
DISTRICTS = (
    ("230102", "道里区", "Daoli"),
    ("230103", "南岗区", "Nangang"),
    ("230110", "香坊区", "Xiangfang"),
)
FIELDS = ("category", "district", "address", "crossing", "description", "urgency", "handoff", "intent")
BESIDES = tuple(name.value for name in FieldName if name.value not in FIELDS)


def category(code: str) -> str:
    return f"gbt30428.2@2013/{code}"
