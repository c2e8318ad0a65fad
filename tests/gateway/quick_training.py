"""The process that trains, with few steps and on a few shipped sentences of a few classes: seconds."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from unittest.mock import patch

from cases.drafting.classify import training
from cases.learning.retraining import round as rounds
from gateway.retraining import child
from tests.cases.learning.world import few, few_calls

ALL = "all"
"""As an argument: on all shipped sentences, as an operator trains, and with fewer steps still."""
ENDLESS = "endless"
"""With more steps than anybody waits for: it is ended in the middle of them."""

if __name__ == "__main__":
    steps = patch.object(
        training, "STEPS", 12 if ALL in sys.argv else 1_000_000 if ENDLESS in sys.argv else 40
    )
    sentences = patch.object(rounds, "shipped", lambda _catalogue: list(few()))
    invented = patch.object(rounds, "calls", few_calls)
    first, second = (nullcontext(), nullcontext()) if ALL in sys.argv else (sentences, invented)
    with steps, first, second:
        sys.exit(child.main())
