"""The ways to a crew. Apart from the chain that uses them: settings name them, and load nothing else."""

from __future__ import annotations

from typing import Literal

Bearer = Literal["terminal", "text", "call"]
"""The mobile terminal; a text on the unit's radio (SDS, TMS); a telephone call to the crew."""
