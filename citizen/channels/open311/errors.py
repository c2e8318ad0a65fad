"""Errors as GeoReport v2 has them: a code and a sentence, written in the form that was asked for."""

from __future__ import annotations


class GeoReportFault(Exception):
    """`status` is 400, 403 or 404; `says` is told to the client as it is."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status = status
        self.says = says


def missing(name: str) -> GeoReportFault:
    """A parameter that must be there."""
    return GeoReportFault(400, f"{name} was not provided")


def invalid(name: str, why: str) -> GeoReportFault:
    """A parameter that says nothing."""
    return GeoReportFault(400, f"{name} is not valid: {why}")
