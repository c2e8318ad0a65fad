"""Which lanes there are for what was asked, in groups: those of one group run side by side.

The first lane of a group collects before the others begin: what it compiles, they find compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.peers.checkout import CHECKOUT
from tests.suite.lanes import LOWEST_PRIORITY, Lane

# Real tests wait for people who talk and start services: together more than half a core each. Five at a time
# left the room tests nothing for 40 minutes and cut the sound of calls into pieces; the whole takes no longer
# with three, since both cores are full either way. Where a machine has to understand while somebody speaks,
# its words come too late behind other files: those tests have a lane of their own.
# Room tests compute: they take, at the lowest priority, what the real ones leave of two cores.
REAL_PROCESSES = 3
ROOM_PROCESSES = 2

ROOMS = "not alone and (not real or computes or database)"
HEARS = "hears and not alone"
REAL = "real and not hears and not alone and not computes and not database"
ALONE = "alone"

Groups = Sequence[Sequence[Lane]]


def everything(more: Sequence[str] = ()) -> Groups:
    rooms = Lane("rooms", (), marks=ROOMS, processes=ROOM_PROCESSES, niceness=LOWEST_PRIORITY, more=more)
    return ((rooms, *_peers(more)), *_alone(more))


def rooms(more: Sequence[str] = ()) -> Groups:
    return ((Lane("rooms", (), marks="not real", processes=ROOM_PROCESSES, more=more),),)


def real(more: Sequence[str] = ()) -> Groups:
    computing = "real and (computes or database) and not alone"
    beside = Lane("computing", (), marks=computing, niceness=LOWEST_PRIORITY, more=more)
    return ((beside, *_peers(more)), *_alone(more))


def named(paths: Sequence[str], more: Sequence[str] = ()) -> Groups:
    """All tests of these files, folders or single tests."""
    lane = Lane("tests", paths, marks="not alone", processes=_processes(paths, REAL_PROCESSES), more=more)
    if not any(_names(path, file) for path in paths for file in marked(ALONE)):
        return ((lane,),)
    return ((lane,), (Lane("alone", paths, marks=ALONE, more=more),))


def _names(path: str, file: str) -> bool:
    """Whether `path` is this file, a test in it, or a folder above it."""
    named = path.partition("::")[0].rstrip("/")
    return file == named or file.startswith(f"{named}/")


def changed(paths: Sequence[str], more: Sequence[str] = ()) -> Groups:
    """The room tests of these files."""
    return (
        (Lane("changed", paths, marks="not real", processes=_processes(paths, ROOM_PROCESSES), more=more),),
    )


def once_more(tests: Sequence[str], more: Sequence[str] = ()) -> Lane:
    return Lane("once more", tests, more=more)


def marked(mark: str) -> list[str]:
    """The test files that name this mark: each process of a lane imports all files that it is given."""
    files = sorted((CHECKOUT / "tests").rglob("test_*.py"))
    return [
        file.relative_to(CHECKOUT).as_posix()
        for file in files
        if f"mark.{mark}" in file.read_text(encoding="utf-8")
    ]


def _peers(more: Sequence[str]) -> Sequence[Lane]:
    real = Lane("real", marked("real"), marks=REAL, processes=REAL_PROCESSES, more=more)
    return (Lane("hears", marked("hears"), marks=HEARS, more=more), real)


def _alone(more: Sequence[str]) -> Groups:
    files = marked(ALONE)
    return ((Lane("alone", files, marks=ALONE, more=more),),) if files else ()


def _processes(paths: Sequence[str], most: int) -> int:
    files = 0
    for path in paths:
        place = CHECKOUT / Path(path.partition("::")[0])
        files += len(list(place.rglob("test_*.py"))) if place.is_dir() else 1
    return min(most, files)
