"""Metrics are a contract with dashboards and alarms: their page says what the code declares."""

from __future__ import annotations

import re
from collections import Counter

import yaml

import core.storage.outbox  # noqa: F401  # it declares some
from core.metrics import REGISTRY
from tests.gateway.prometheus import PAGE, declared, page
from tests.peers.checkout import CHECKOUT


def test_the_kept_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.gateway.prometheus"


def test_no_name_is_declared_twice() -> None:
    assert [name for name, times in Counter(one.name for one in declared()).items() if times > 1] == []


def test_what_this_process_has_is_on_the_page() -> None:
    text = page()
    ours = [family.name for family in REGISTRY.collect()]
    here = [name for name in ours if not name.startswith("songhua_test_")]
    assert "songhua_outbox_delivered" in here
    assert [name for name in here if f"`{name}" not in text] == []


def test_alerts_ask_for_figures_that_are_there_and_say_what_to_do() -> None:
    rules = yaml.safe_load((CHECKOUT / "deploy/prometheus/songhua.yml").read_text(encoding="utf-8"))
    known = {f"songhua_{one.name}" for one in declared()}
    for rule in (one for group in rules["groups"] for one in group["rules"]):
        asked = set(re.findall(r"songhua_\w+", rule["expr"]))
        assert asked, rule["alert"]
        assert asked <= known, rule["alert"]
        assert rule["annotations"]["remedy"]
