"""The catalogue as Open311's services: a class is a service, what may be the matter with it an attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from citizen.channels.open311.documents import GeoReportDocument
from citizen.channels.open311.errors import GeoReportFault
from citizen.contract import ReportClass

CONDITION: Final = "condition"


class ServiceList:
    def __init__(self, classes: Sequence[ReportClass]) -> None:
        self._by_code: Mapping[str, ReportClass] = {one.code: one for one in classes}
        self._by_ref: Mapping[str, ReportClass] = {one.ref: one for one in classes}

    def of_code(self, code: str) -> ReportClass:
        """Raises `GeoReportFault` 404."""
        found = self._by_code.get(code.strip().upper())
        if found is None:
            raise GeoReportFault(404, f"service_code {code[:40]!r} was not found")
        return found

    def of_ref(self, ref: str) -> ReportClass | None:
        """None for a class that is no longer in the catalogue, or none at all."""
        return self._by_ref.get(ref)

    def listed(self, *, zh: bool) -> GeoReportDocument:
        """`GET services`."""
        return GeoReportDocument("services", [_service(one, zh=zh) for one in self._by_code.values()])

    def definition(self, code: str, *, zh: bool) -> GeoReportDocument:
        """`GET services/CODE`. Raises `GeoReportFault` 404, also for a service without attributes."""
        found = self.of_code(code)
        if not found.conditions:
            raise GeoReportFault(404, f"service_code {found.code} has no definition: its metadata is false")
        values = [
            {"key": str(number), "name": chinese if zh else english}
            for number, (chinese, english) in enumerate(found.conditions, 1)
        ]
        attribute = {
            "variable": True,
            "code": CONDITION,
            "datatype": "singlevaluelist",
            "required": False,
            "datatype_description": "选择最符合的一项" if zh else "Choose what fits best",
            "order": 1,
            "description": "现场情况" if zh else "What is the matter",
            "values": values,
        }
        return GeoReportDocument(
            "service_definition", {"service_code": found.code, "attributes": [attribute]}
        )


def condition_of(service: ReportClass, key: str) -> str:
    """The words of the chosen value, in Chinese, as agents read them. Raises `GeoReportFault` 400."""
    number = int(key) if key.isascii() and key.isdecimal() and len(key) < 4 else 0  # far beyond any list
    if not 1 <= number <= len(service.conditions):
        raise GeoReportFault(400, f"attribute[{CONDITION}] is none of the values of {service.code}")
    return service.conditions[number - 1][0]


def _service(one: ReportClass, *, zh: bool) -> dict[str, Any]:
    return {
        "service_code": one.code,
        "service_name": one.name_zh if zh else one.name_en,
        "description": f"{one.group_zh}：{one.name_zh}" if zh else f"{one.group_en}: {one.name_en}",
        "metadata": bool(one.conditions),
        "type": "realtime",
        "keywords": f"{one.name_zh},{one.name_en}",
        "group": one.group_zh if zh else one.group_en,
    }
