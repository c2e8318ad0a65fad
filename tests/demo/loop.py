"""`scripts/demo --story loop`: a case goes round, from two citizens to two citizens.

One reports by WeChat, one phones about the same place. The department returns the case, the review sends it
back, it is extended, done, checked and closed; one citizen is not satisfied, and it is reopened and reworked.
Each step is an operation of the service by a person whose role may do it, and fails the demo where the
service does not say what it should.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from PIL import Image

from core.datum import DatumPoint
from tests.demo import loop_lines as lines
from tests.demo.centre_stage import ACCEPTOR, ADMIN, CLERK, DISPATCHER, HOST, LEADER, CentreStage
from tests.demo.centre_story import Facts, bring, must, op
from tests.demo.report import Line
from tests.peers.program import PeerFailed
from tests.peers.songhua import Visitor
from tests.waiting import wait_for

STORY: Final = "loop"
FIRST: Final = "oCitizenOfTheDemo00000000001"
WASTE: Final = "gbt30428.2@2013/E0110"
PLACE: Final = "公滨路5号"
HERE: Final = DatumPoint(126.6424, 45.7567, "WGS-84")
FORM: Final = {
    "category": WASTE, "address": PLACE, "district": "230110", "description": "路边垃圾没人清",
}  # fmt: skip
NO_QUIET: Final = {"quiet_from": "00:00:00", "quiet_until": "00:00:00", "per_day": 100}
ROUND: Final = ("assignment_sign", "assignment_answer", "done", "verify", "close")
LATE_S: Final = 40.0
"""Notices are looked at every 15 s."""


def photo(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(made, "JPEG")
    return made.getvalue()


class LoopStory:
    """`chapters` in their order; each fills in what it saw."""

    def __init__(self, stage: CentreStage) -> None:
        self._stage = stage
        self._case = ""
        self._number = ""
        self._second = ""
        """The case of the telephone call."""
        self._phoned = ""
        """The telephone of the second citizen."""
        self._due: datetime | None = None

    @property
    def agent(self) -> Visitor:
        return self._stage.centre.seats[0].visitor

    @property
    def clerk(self) -> Visitor:
        return self._stage.visitor(CLERK)

    @property
    def dispatcher(self) -> Visitor:
        return self._stage.visitor(DISPATCHER)

    @property
    def leader(self) -> Visitor:
        return self._stage.visitor(LEADER)

    @property
    def acceptor(self) -> Visitor:
        return self._stage.visitor(ACCEPTOR)

    def chapters(self) -> list[tuple[Line, Callable[[Facts], None]]]:
        return [
            (lines.HOURS, self._hours),
            (lines.WECHAT, self._wechat),
            (lines.FILED, self._filed),
            (lines.CALL, self._call),
            (lines.MERGED, self._merged),
            (lines.RETURNED, self._returned),
            (lines.DISPUTED, self._disputed),
            (lines.REVIEWED, self._reviewed),
            (lines.EXTENDED, self._extended),
            (lines.DONE, self._done),
            (lines.CLOSED, self._closed),
            (lines.DISSATISFIED, self._dissatisfied),
            (lines.REOPENED, self._reopened),
            (lines.REWORKED, self._reworked),
            (lines.SATISFIED, self._satisfied),
            (lines.RECORD, self._record),
        ]

    def _hours(self, facts: Facts) -> None:
        admin = self._stage.visitor(ADMIN)
        now = admin.get("/api/settings/citizen-messages")
        change = op(value={**now["value"], **NO_QUIET}, expected=now["number"], comment="演示")
        admin.post("/api/settings/citizen-messages/versions", change)
        after = admin.get("/api/settings/citizen-messages")
        facts["version"] = after["number"]
        must(after["value"]["per_day"] == NO_QUIET["per_day"], f"the setting is {after['value']}")

    # --- two citizens, one place --------------------------------------------------------------------

    def _wechat(self, facts: Facts) -> None:
        wechat, gcj = self._stage.wechat, HERE.gcj02()
        must("照片已收到" in wechat.picture(FIRST, photo("olive")), "no word about the photo")
        must("是什么问题" in wechat.location(FIRST, gcj.lat, gcj.lon, PLACE), "no question after the place")
        must("照片：1 张" in wechat.say(FIRST, FORM["description"]), "the photo is not there")
        must("正在登记" in wechat.say(FIRST, "1"), "the report is not registered")
        facts["told"] = self._told("编号：R")

    def _filed(self, facts: Facts) -> None:
        (draft,) = wait_for(self._waiting_reports, "the report in the queue", LATE_S)
        path = f"/api/drafts/{draft['draft_id']}"
        report = self.agent.get(f"{path}/report")
        must(len(report["picture_ids"]) == 1, "the photo is not with the report")
        self.agent.post(f"{path}/take", op())
        case = self._file(draft["draft_id"])
        self._case, self._number = case["case_id"], case["number"]
        must(case["source"] == "wechat", f"its source is {case['source']}")
        facts["case"] = self._number
        facts["departments"] = ", ".join(one["department"]["name_zh"] for one in self._assignments())
        self._due = _time(self._host()["clock"]["due_at"])
        facts["due"] = self._due.isoformat()
        facts["told"] = self._told("已立案")

    def _waiting_reports(self) -> list[dict[str, Any]]:
        return list(self.agent.get("/api/drafts/waiting")["drafts"])

    def _call(self, facts: Facts) -> None:
        centre = self._stage.centre
        citizen = centre.dial(seconds=60)
        call = centre.talking(citizen)
        self._phoned = centre.number(citizen)
        draft = self.agent.post(f"/api/calls/{call}/drafts", op())["draft_id"]
        self._fill(draft)
        offered = self.agent.get(f"/api/drafts/{draft}")["duplicates"]
        must([one["case_id"] for one in offered] == [self._case], f"offered is {offered}")
        facts["offered"] = f"{offered[0]['number']} ({offered[0]['why']})"
        case = self.agent.post(f"/api/drafts/{draft}/confirm", op())
        self._second = str(case["case_id"])
        facts["case"] = case["number"]
        centre.hang_up_all(citizen)
        centre.dispose(centre.seats[0], call, "case")
        facts["text"] = self._text("已受理")

    def _merged(self, facts: Facts) -> None:
        one, into = self._shown(self._second), self._shown()
        body = op(into=self._case, version=one["version"], into_version=into["version"], reason="同一处垃圾")
        self.dispatcher.post(f"/api/cases/{self._second}/merge", body)
        merged = self._shown(self._second)
        must((merged["survivor"] or {}).get("case_id") == self._case, "it goes on by itself")
        facts["calls"] = len(self._shown()["call_ids"])
        must(facts["calls"] == 1, "the call does not belong to the case")
        facts["text"] = self._text("并入")

    # --- the department -----------------------------------------------------------------------------

    def _returned(self, facts: Facts) -> None:
        one = self._act(self.clerk, "return", "不属我区道路")
        must(one["state"] == "returned", f"it is {one['state']}")
        must(one["clock"]["due_at"] is None, "its clock runs")
        facts["deadline"] = self._shown()["deadline"]["state"]
        must(facts["deadline"] == "stopped", "the clock of the case runs")

    def _disputed(self, facts: Facts) -> None:
        self._act(self.dispatcher, "refuse_return", "界桩以东归你区")
        one = self._act(self.clerk, "object", "图上不是")
        facts["state"] = one["state"]
        must(facts["state"] == "disputed", "nobody disputes it")

    def _reviewed(self, facts: Facts) -> None:
        facts["refused"] = self._refused(self.dispatcher, "overrule", "我自己复核")
        one = self._act(self.leader, "overrule", "复核：属你区")
        must((one["state"], one["returns"]) == ("handling", 1), f"it is {one['state']}")
        due = _time(one["clock"]["due_at"])
        must(self._due is not None and due >= self._due, "the time of the review counts")
        self._due = due
        facts["due"] = due.isoformat()

    def _extended(self, facts: Facts) -> None:
        self._act(self.clerk, "ask_extension", "等清运车", hours=8.0)
        facts["refused"] = self._refused(self.clerk, "approve", "")
        one = self._act(self.leader, "approve", "", hours=4.0)
        due = _time(one["clock"]["due_at"])
        must(self._due is not None and due > self._due, "the deadline is no later")
        facts["due"] = due.isoformat()

    def _done(self, facts: Facts) -> None:
        one = self._answered("已清运")
        facts["photos"] = len(one["photos"]) + len(one["before"])
        facts["state"] = self._shown()["state"]
        must(facts["state"] == "done", "the case is not done")
        facts["told"], facts["text"] = self._told("处置完成"), self._text("已处理")

    def _closed(self, facts: Facts) -> None:
        self._check_and_close(facts)

    # --- round again --------------------------------------------------------------------------------

    def _dissatisfied(self, facts: Facts) -> None:
        self._stage.wechat.say(FIRST, "3 1 没解决，又堆起来了")
        facts["told"] = self._told("已评为 1 星")

    def _reopened(self, facts: Facts) -> None:
        (concern,) = wait_for(self._concerns, "the dissatisfied citizen in the supervisor's list", LATE_S)
        facts["words"] = concern["note"]
        must(concern["case_id"] == self._case, f"it is about {concern['case_number']}")
        self.leader.post(f"/api/cases/{self._case}/reopen_closed", op(note="市民反映又堆起来了"))
        settled = {"result": "reopened", "note": "重新办理"}
        self.leader.post(f"/api/follow-ups/{concern['follow_up_id']}/settle", settled)
        must(not self._concerns(), "it is still in the list")
        one = self._host()
        facts["reworks"] = one["reworks"]
        must((one["state"], one["reworks"]) == ("handling", 1), f"the department's is {one['state']}")

    def _concerns(self) -> list[dict[str, Any]]:
        return list(self.leader.get("/api/follow-ups/concerns")["follow_ups"])

    def _reworked(self, facts: Facts) -> None:
        self._answered("已再次清运并加设围挡")
        self._check_and_close(facts)

    def _satisfied(self, facts: Facts) -> None:
        self._stage.wechat.say(FIRST, "3 5 这次解决了")
        facts["told"] = self._told("已评为 5 星")
        must(not self._concerns(), "who is satisfied stands in the list")

    def _record(self, facts: Facts) -> None:
        history = self.leader.get(f"/api/cases/{self._case}/history")["history"]
        acts = [one["act"] for one in history]
        facts["acts"] = " ".join(acts)
        wanted = ["file", "takes-over", "assignment_return", "assignment_refuse_return", "assignment_object"]
        wanted += ["assignment_overrule", "assignment_ask_extension", "assignment_approve"]
        wanted += [*ROUND[1:], "reopen_closed", *ROUND[1:]]
        must(_in_order(wanted, acts), f"the acts are {acts}")
        wanted_counts = {"standing": 1, "closed": 1, "reworked": 1}
        counts = wait_for(lambda: self._counted(wanted_counts), "the case in the evaluation", LATE_S)
        facts |= {name: counts[name] for name in wanted_counts}

    def _counted(self, wanted: dict[str, int]) -> dict[str, Any]:
        """The counts of all cases, the merged one left out, once they are so; empty until then."""
        year = datetime.now(UTC).year
        found = self.leader.get(f"/api/evaluation?from={year}-01-01&to={year + 1}-01-01&by=class")
        counts: dict[str, Any] = found["total"]["counts"]
        return counts if all(counts[name] == count for name, count in wanted.items()) else {}

    # --- what several steps do ----------------------------------------------------------------------

    def _file(self, draft: str) -> dict[str, Any]:
        self._fill(draft)
        return dict(self.agent.post(f"/api/drafts/{draft}/confirm", op()))

    def _fill(self, draft: str) -> None:
        """Correct what the form has else."""
        path = f"/api/drafts/{draft}"
        for name, value in FORM.items():
            field = self.agent.get(path)["fields"].get(name) or {"value": None, "rev": 0}
            if field["value"] != value:
                self.agent.patch(path, op(field=name, value=value, rev=field["rev"]))

    def _shown(self, case: str = "") -> dict[str, Any]:
        return dict(self.dispatcher.get(f"/api/cases/{case or self._case}"))

    def _assignments(self) -> list[dict[str, Any]]:
        found = self.dispatcher.get(f"/api/cases/{self._case}/assignments")["assignments"]
        return [one["assignment"] for one in found]

    def _host(self) -> dict[str, Any]:
        return next(one for one in self._assignments() if one["department"]["id"] == HOST)

    def _act(self, who: Visitor, act: str, text: str, **more: Any) -> dict[str, Any]:
        one = self._host()
        body = op(rev=one["rev"], text=text, **more)
        return dict(who.post(f"/api/assignments/{one['assignment_id']}/{act}", body)["assignment"])

    def _refused(self, who: Visitor, act: str, text: str) -> str:
        try:
            self._act(who, act, text)
        except PeerFailed as refused:
            must(": 403 " in str(refused), str(refused))
            return f"{act} 403"
        raise PeerFailed(f"{act} was allowed")

    def _answered(self, words: str) -> dict[str, Any]:
        one = self._host()
        if one["state"] != "handling":
            self._act(self.clerk, "sign", "")
        before, after = (self._bring(one["assignment_id"], colour) for colour in ("olive", "white"))
        return self._act(self.clerk, "answer", words, photos=[after], before=[before])

    def _bring(self, assignment: str, colour: str) -> str:
        address = self._stage.centre.service.address
        path = f"/api/assignments/{assignment}/photos"
        return str(bring(address, self.clerk, path, photo(colour), "image/jpeg")["photo_id"])

    def _check_and_close(self, facts: Facts) -> None:
        texts, told = len(self._texts("已办结")), len(self._words("请评价"))
        self.acceptor.post(f"/api/cases/{self._case}/verify", op())
        self.acceptor.post(f"/api/cases/{self._case}/close", op(note="现场已恢复", condition="restored"))
        facts["state"] = self._shown()["state"]
        must(facts["state"] == "closed", "the case is not closed")
        facts["told"] = self._told("请评价", after=told)
        facts["text"] = self._text("已办结", after=texts)

    def _words(self, part: str) -> list[str]:
        return [one for one in self._stage.wechat.told(FIRST) if part in one]

    def _told(self, part: str, *, after: int = 0) -> str:
        """Wait for one more than `after` such messages in WeChat, and only one."""
        found = wait_for(lambda: self._words(part)[after:], f"“{part}” in WeChat", LATE_S)
        must(len(found) == 1, f"told {len(found)} times: {found}")
        return found[0].replace("\n", " ")

    def _texts(self, part: str) -> list[str]:
        return [one for one in self._stage.texts(self._phoned) if part in one]

    def _text(self, part: str, *, after: int = 0) -> str:
        """The same of text messages."""
        found = wait_for(lambda: self._texts(part)[after:], f"“{part}” by text message", LATE_S)
        must(len(found) == 1, f"told {len(found)} times: {found}")
        return found[0]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _in_order(wanted: list[str], acts: list[str]) -> bool:
    rest = iter(acts)
    return all(one in rest for one in wanted)
