"""Ports for flows that are read and checked and take no call: there is no switch and no centre."""

from __future__ import annotations

from typing import Any, Literal

from ivr.ports import AnswerRecognition, Caller, IvrPorts


class Offline:
    """Stands for the centre: whoever asks it gets what leads to a person."""

    async def request(self, **_asked: Any) -> Literal["accepted", "refused"]:
        return "refused"

    def position(self, uniqueid: str) -> tuple[int, float] | None:  # noqa: ARG002
        return None

    def ready(self, language: str) -> bool:  # noqa: ARG002
        return False

    async def listen(self, caller: Caller, language: str) -> AnswerRecognition | None:  # noqa: ARG002
        return None


def offline_ports() -> IvrPorts:
    offline = Offline()
    return IvrPorts(callbacks=offline, figures=offline, ear=offline)
