"""What ledger, audit trail and timeline hold of a case: each is waited for, and missing it is a failure."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from tests.demo.centre_story import Facts, must
from tests.peers.songhua import Visitor
from tests.waiting import wait_for

WRITTEN_S: Final = 60.0
"""The switch's own lines and recordings are read every few seconds."""
CONFERENCE: Final = Counter({
    "conference-opened": 1, "conference-joined": 4, "conference-left": 4, "conference-recorded": 1,
    "conference-ended": 1,
})  # fmt: skip


class StoryRecord:
    """As a supervisor reads it."""

    def __init__(self, reader: Visitor, case_id: str, number: str) -> None:
        self._reader = reader
        self._case_id = case_id
        self._number = number

    def cameras(self) -> Facts:
        """Both looks, the live view from beginning to end, and which picture is of when."""
        looks = self._audited("camera-look", 2)
        live = [self._audited(action, 1)[0]["detail"] for action in ("camera-live", "camera-live-end")]
        marks = self._audited("snapshot-mark", 2)
        return {
            "looks": ", ".join(f"{one['actor']} {one['subject']}" for one in looks),
            "live": f"{live[1]['from']} to {live[1]['to']}, {live[1]['end']}",
            "moments": ", ".join(one["detail"]["moment"] for one in marks),
        }

    def pictures(self) -> Facts:
        """Two of the camera and two of terminals are the case's; who looked at which."""
        ids = {str(one["photo_id"]) for one in self._timeline("photo")}

        def looked() -> set[str]:
            rows = self._reader.get("/api/audit?action=photo-look")["rows"]
            found = {str(one["subject"]).removeprefix("photo:") for one in rows} & ids
            return found if len(found) == 3 else set()

        seen = wait_for(looked, f"looks at three of the pictures {ids}", WRITTEN_S)
        return {"pictures": len(ids), "looked_at": len(seen)}

    def plan(self, run_id: str) -> Facts:
        """Each step was confirmed and done, in the case's log."""
        (run,) = self._reader.get(f"/api/cases/{self._case_id}/plans")["runs"]
        acts = Counter(one["act"] for one in self._timeline("act") if one["act"].startswith("plan-"))
        steps = len(run["steps"])
        wanted = {"plan-start": 1, "plan-confirm": steps}
        must((run["run_id"], run["over"]) == (run_id, True), f"the plan is {run}")
        must({name: acts[name] for name in wanted} == wanted, f"the acts of the plan are {acts}")
        return {"plan": f"{run['plan_id']}, {steps} steps"}

    def conference(self) -> Facts:
        """Who came and left, and its recording."""

        def told() -> list[dict[str, Any]]:
            found = self._timeline("conference")
            recorded = any(one["recordings"] for one in found)
            return found if recorded and Counter(one["act"] for one in found) == CONFERENCE else []

        entries = wait_for(told, "the conference with its recording in the case's log", WRITTEN_S)
        (sound,) = [name for one in entries for name in one["recordings"]]
        return {"conference": ", ".join(one["words"] for one in entries if one["act"] == "conference-joined"),
                "conference_recording": sound}  # fmt: skip

    def call_to(self, number: str) -> Facts:
        """The one call to this telephone, from beginning to end."""

        def ended() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = self._reader.get(f"/api/ledger/calls?number={number}")["calls"]
            return [one for one in found if one["ended_at"]]

        (call,) = wait_for(ended, f"the call to {number} in the ledger", WRITTEN_S)
        return {"told_traffic_radio": call["call_id"]}

    def _audited(self, action: str, count: int) -> list[dict[str, Any]]:
        """So many rows of the audit trail about this case, no more and no fewer."""

        def found() -> list[dict[str, Any]]:
            rows: list[dict[str, Any]] = self._reader.get(f"/api/audit?action={action}")["rows"]
            ours = [one for one in rows if self._is_ours(one)]
            return ours if len(ours) == count else []

        return wait_for(found, f"{count} times {action} in the audit trail", WRITTEN_S)

    def _is_ours(self, row: dict[str, Any]) -> bool:
        return self._number in (row["detail"].get("case"), str(row["subject"]).removeprefix("case:"))

    def _timeline(self, kind: str) -> list[dict[str, Any]]:
        entries = self._reader.get(f"/api/cases/{self._case_id}/timeline")["entries"]
        return [one for one in entries if one["kind"] == kind]
