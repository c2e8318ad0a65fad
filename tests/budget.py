"""How many examples a property test may take: a share of what the hypothesis profile allows."""

from __future__ import annotations

from hypothesis import settings


def share(part: float) -> int:
    """For properties whose single example costs more than the others'."""
    return max(1, int(settings().max_examples * part))
