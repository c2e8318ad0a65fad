"""The process that trains, with few steps and on a few shipped sentences of a few classes: seconds."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from unittest.mock import patch

from cases.drafting.classify import training
from cases.drafting.classify.training import Sentence
from cases.learning.retraining import round as rounds
from gateway.retraining import child
from tests.cases.learning.world import few, few_calls

ALL = "all"
"""As an argument: on all shipped sentences, as an operator trains, and with fewer steps still."""
ENDLESS = "endless"
"""With more steps than anybody waits for, and on hardly a sentence: it is ended in the middle of them."""
HARDLY_ANY = (
    Sentence("路灯不亮", "P0137", "zh"), Sentence("井盖丢了", "P0123", "zh"), Sentence("谢谢", "", "zh"),
    Sentence("lamp is out", "P0137", "en"), Sentence("no manhole lid", "P0123", "en"),
    Sentence("bye", "", "en"),
)  # fmt: skip

if __name__ == "__main__":
    endless = ENDLESS in sys.argv
    steps = patch.object(training, "STEPS", 12 if ALL in sys.argv else 1_000_000 if endless else 40)
    sentences = patch.object(rounds, "shipped", lambda _catalogue: list(HARDLY_ANY if endless else few()))
    invented = patch.object(rounds, "calls", lambda _catalogue: () if endless else few_calls())
    first, second = (nullcontext(), nullcontext()) if ALL in sys.argv else (sentences, invented)
    with steps, first, second:
        sys.exit(child.main())
