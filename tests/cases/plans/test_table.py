"""The table of plans: what a file may say, and where its mistakes are."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.errors import BrokenPlans
from cases.events import OperatingMode
from cases.plans.loading import example_plans, parse_plans, read_plans
from cases.plans.model import PlanForms

ONE = """
[[plans]]
plan_id = "p"
zh = "预案"
en = "Plan"
[[plans.steps]]
id = "a"
kind = "tick"
zh = "甲"
en = "A"
"""


def test_the_examples_are_marked_and_fit_their_classes() -> None:
    found = {one.plan_id: one for one in example_plans().plans}
    assert set(found) == {"example-flood", "example-road-collapse"}
    assert all(one.example for one in found.values())
    collapse = found["example-road-collapse"]
    assert collapse.fits("gbt30428.2@2013/E0505", OperatingMode.PEACE)
    assert not collapse.fits("gbt30428.2@2013/E0506", OperatingMode.PEACE)
    assert found["example-flood"].fits("gbt30428.2@2013/E0506", OperatingMode.EMERGENCY)
    assert not found["example-flood"].fits("gbt30428.2@2013/E0506", OperatingMode.PEACE)


def test_toml_and_yaml_say_the_same(tmp_path: Path) -> None:
    text = "plans:\n- {plan_id: p, zh: 预案, en: Plan, steps: [{id: a, kind: tick, zh: 甲, en: A}]}\n"
    (tmp_path / "plans.yaml").write_text(text, encoding="utf-8")
    assert read_plans(tmp_path / "plans.yaml") == parse_plans(ONE.encode())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[[plans.steps]]\nid = "a"\nkind = "tick"\nzh = "乙"\nen = "B"', "step a stands twice"),
        ('[[plans.steps]]\nid = "b"\nkind = "tick"\nzh = "乙"\nen = "B"\nafter = ["c"]', "no earlier step"),
        (
            '[[plans.steps]]\nid = "b"\nkind = "text"\nzh = "乙"\nen = "B"',
            "plans.0.steps.1: a text needs words",
        ),
        ('[[plans.steps]]\nid = "b"\nkind = "rocket"\nzh = "乙"\nen = "B"', "plans.0.steps.1.kind"),
        (ONE, "plan p stands twice"),
        ("]", "cannot be read"),
    ],
)
def test_a_mistake_is_named(more: str, said: str) -> None:
    with pytest.raises(BrokenPlans) as refused:
        parse_plans((ONE + more).encode())
    assert said in refused.value.detail


def test_an_import_replaces_plans_of_the_same_id_and_leaves_the_others() -> None:
    new = parse_plans(ONE.replace('"p"', '"example-flood"').encode())
    after = example_plans().with_plans(new)
    assert [one.plan_id for one in after.plans] == ["example-flood", "example-road-collapse"]
    assert after.plans[0].zh == "预案"
    assert PlanForms(plans=()).with_plans(new) == new
