"""Where the lab keeps its files."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
HOME = CHECKOUT / ".songhua"
"""What `scripts/setup` brought, and results of runs; git ignores it."""
