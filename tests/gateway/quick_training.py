"""The process that trains, on the shipped sentences of a few classes and with few steps: seconds."""

from __future__ import annotations

import sys
from unittest.mock import patch

from cases.drafting.classify import training
from cases.learning.retraining import round as rounds
from gateway.retraining import child
from tests.cases.learning.world import few

if __name__ == "__main__":
    with (
        patch.object(rounds, "shipped", lambda _catalogue: list(few())),
        patch.object(training, "STEPS", 40),
    ):
        sys.exit(child.main())
