"""How long and how often each fault is caused, and how soon the state must be right again.

The values here are those of `scripts/test`, which runs eight of these tests at a time on two cores;
`scripts/faults` and `scripts/soak` set those that count (docs/reliability.md).
"""

from __future__ import annotations

import os


def _seconds(name: str, short: float) -> float:
    return float(os.environ.get(name, short))


def _times(name: str, short: int) -> int:
    return int(os.environ.get(name, short))


RIGHT_WITHIN_S = _seconds("SONGHUA_FAULT_RIGHT_S", 5)
"""From recovery on. The product's rule is two seconds, on a machine that does nothing else."""
KILLS = _times("SONGHUA_FAULT_KILLS", 2)
AMI_CUTS = _times("SONGHUA_FAULT_AMI_CUTS", 2)
CUTS = _times("SONGHUA_FAULT_CUTS", 2)
CUT_EVERY_S = 5.0
OUTAGE_S = _seconds("SONGHUA_FAULT_OUTAGE_S", 5)
LOCK_S = _seconds("SONGHUA_FAULT_LOCK_S", 7)
STALL_S = _seconds("SONGHUA_FAULT_STALL_S", 6)
NO_DESCRIPTORS_S = _seconds("SONGHUA_FAULT_DESCRIPTORS_S", 5)
HALF_OPEN = _times("SONGHUA_FAULT_HALF_OPEN", 300)
GARBAGE = _times("SONGHUA_FAULT_GARBAGE", 2000)
