"""Metrics are a contract with dashboards and alarms: their page says what the code declares."""

from __future__ import annotations

from collections import Counter

import core.storage.outbox  # noqa: F401  # it declares some
from core.metrics import REGISTRY
from tests.gateway.prometheus import PAGE, declared, page


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
