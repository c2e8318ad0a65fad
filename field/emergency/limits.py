"""Usual limits of an emergency. Apart from its model: settings name them, and load nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

ANSWER_WITHIN: Final = timedelta(seconds=10)
"""Whoever is asked and has not acknowledged an emergency for so long is followed by the next one."""
