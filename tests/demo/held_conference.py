"""The conference of a case, as who holds it at the desk does. Its members are one of each kind."""

from __future__ import annotations

from typing import Any, Final

from tests.demo.centre_story import op
from tests.peers.songhua import Visitor
from tests.waiting import wait_for

COMES_S: Final = 40.0


class HeldConference:
    """The telephone of who holds it rings first."""

    def __init__(self, holder: Visitor, case_id: str) -> None:
        self._holder = holder
        made = holder.post("/api/conferences", op(case_id=case_id))
        self._path = f"/api/conferences/{made['conference_id']}"

    def shown(self) -> dict[str, Any]:
        return dict(self._holder.get(self._path))

    def member(self, kind: str) -> dict[str, Any]:
        return next(one for one in self.shown()["members"] if one["kind"] == kind)

    def add(self, kind: str, who: str) -> None:
        """Ask somebody in, and wait until he is there."""
        self._holder.post(f"{self._path}/members", op(kind=kind, who=who))
        self.until_present(kind)

    def until_present(self, kind: str) -> None:
        wait_for(lambda: self.member(kind)["state"] == "present", f"{kind} in the conference", COMES_S)

    def mute(self, kind: str) -> None:
        self._holder.post(f"{self._path}/members/{self.member(kind)['member_id']}/mute", op())
        wait_for(lambda: self.member(kind)["muted"], f"a {kind} that nobody hears", COMES_S)

    def record(self) -> None:
        self._holder.post(f"{self._path}/record", op())
        wait_for(lambda: self.shown()["recording"], "the recorder", COMES_S)

    def end(self) -> str:
        """For all; what ended it."""
        self._holder.post(f"{self._path}/end", op())
        wait_for(lambda: self.shown()["ended_at"], "the end of the conference", COMES_S)
        return str(self.shown()["end_cause"])
