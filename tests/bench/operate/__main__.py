"""The bench `operate`: what an operator's acts cost.

`scripts/bench operate`; `--only PART` (may be repeated), `--short` to see that it works. `start`: from
nothing to the first answered call, beside the bare switch. `restart`: the centre is restarted under a
hundred calls, beside what callers waited before. `restore`: a hundred thousand calls on an empty machine,
beside a bare copy of the file. `upkeep`: pops during a retention run over a million calls and during a
backup, beside pops without. `cost`: the centre's processor time for a call from 0.1 to 3 calls/s, with its
profile.
"""

from __future__ import annotations

from tests.bench.operate import cost, restart, restore, start, upkeep
from tests.bench.parts import BenchPart, main

PARTS = {
    "start": BenchPart(start.run, start.tell, start.goals, minutes=1),
    "restart": BenchPart(restart.run, restart.tell, restart.goals, minutes=4),
    "restore": BenchPart(restore.run, restore.tell, restore.goals, minutes=9),
    "upkeep": BenchPart(upkeep.run, upkeep.tell, upkeep.goals, minutes=18),
    "cost": BenchPart(cost.run, cost.tell, cost.goals, minutes=14),
}

if __name__ == "__main__":
    raise SystemExit(main("operate", __doc__, PARTS))
