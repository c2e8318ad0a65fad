"""The collapse of a road as `scripts/demo` tells it: its steps, and what the city has for it, as the product
reads it. The story itself is played in tests/real/test_story.py.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import cast

from rich.console import Console

from cases.gazetteer.loading import gazetteer_of, rows
from cases.gazetteer.model import GazetteerPlace
from cases.plans.loading import read_plans
from cases.plans.model import PlanStepKind
from cases.responsibility.loading import load_responsibility
from sensing.cameras.importer import check_cameras, read_cameras
from sensing.cameras.index import CameraIndex
from tests.demo import voices
from tests.demo.collapse import STORY, Collapse
from tests.demo.collapse_city import DISTRICT, FILES, NEAREST, PLAN, TRAFFIC_RADIO, UNITS, registers
from tests.demo.report import Report
from tests.demo.stage import DemoStage

CAMERA = "rtsp://127.0.0.1:554/live/main?channel=1"


def told() -> list[str]:
    """The keys of the story's steps."""
    none = voices.Voices(Path(), None, 0, 0)
    story = Collapse(cast("DemoStage", None), Report("en", Console()), none, answer={}, pictures=None)
    return [line.key for line, _ in (*story.opening(), *story.call(), *story.case())]


def test_it_is_told_from_the_call_to_the_closed_case() -> None:
    keys = told()
    assert len(keys) == len(set(keys))
    order = [
        "ring", "draft", "confirm", "looked", "seen-live", "parallel", "traffic-radio", "scene", "conference",
        "repaired", "verified", "closed", "ledger", "chain",
    ]  # fmt: skip
    assert all(keys.index(one) < keys.index(other) for one, other in pairwise(order))


def test_the_nearest_camera_that_sees_the_crossing_is_the_one_that_is_there(tmp_path: Path) -> None:
    places = gazetteer_of(rows(FILES / "places.csv", GazetteerPlace))
    there = places.position_of(None, voices.answer(STORY)["crossing"])
    assert there is not None
    assert not there.invented
    table = read_cameras(registers(tmp_path, CAMERA)["cameras"].read_bytes())
    found = [one.camera for one in check_cameras(table, {}, ()) if one.camera is not None]
    assert len(found) == len(table.lines) == 3
    near = CameraIndex(found).seeing(there.position.lon, there.position.lat)
    assert [one.camera.code for one in near] == [NEAREST, "D1"]
    assert near[0].camera.address == CAMERA


def test_the_plan_sends_everybody_and_tells_the_traffic_radio(tmp_path: Path) -> None:
    (plan,) = read_plans(registers(tmp_path, CAMERA)["plans"]).plans
    assert plan.plan_id == PLAN
    by_kind = {
        kind: [step.target for step in plan.steps if step.kind is kind]
        for kind in (PlanStepKind.DISPATCH, PlanStepKind.CALL)
    }
    assert by_kind == {PlanStepKind.DISPATCH: list(UNITS), PlanStepKind.CALL: [TRAFFIC_RADIO]}


def test_the_district_is_given_the_case_at_its_filing() -> None:
    assert DISTRICT in load_responsibility().departments
    (row,) = [one for one in load_responsibility().rows if "E0505" in one.classes]
    assert row.assists == ("{district}",)
