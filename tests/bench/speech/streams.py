"""Part `streams`: how much speech the own pipeline recognises, and the bare engine in a loop beside it.

By turns, bare and own, on the same sentences with as many recognisers as there are cores. Two measures:

- *processor time* for a second of speech, all of the pipeline's processes (the AudioSocket server with its
  gate, workers, spool) against the engine alone. This is the ratio that the goal is about: it is the same
  whatever else has a share of the machine.
- *streams*: seconds of speech that are recognised in a second while a fifth more is offered than the bare
  engine can do.

Then, as it is shipped: the most streams that are *held* (`figures.is_held`), found by trying. What else runs
on the machine can make a number miss and never makes one hold: a number is held if it was once, and is not if
it has missed twice. Partials of whisper are left out of the ratio, for a bare engine makes none; `held` has
them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

from speech.model import BYTES_PER_SECOND
from tests.bench.companion import Companion
from tests.bench.speech import voices
from tests.bench.speech.figures import Goal, Heard, is_held, shown, speech_per_second
from tests.bench.speech.usage import cpu_s
from tests.peers.checkout import HOME

MODELS: Final = {"vosk": HOME / "models" / "vosk-ko", "whisper": HOME / "models" / "whisper-base"}
GOAL: Final = 0.95
FILLED_S: Final = 8.0
"""After it every recogniser has work waiting."""
MORE: Final = 1.2
FEWER: Final = 7
"""So many eighths of a number that is not held are tried next, where none is held yet."""
MISSES: Final = 2
"""So many of one number, and none held: it is not held."""
STEP_S: Final = 5.3
"""How far apart two streams are in the same talk."""


@dataclass(frozen=True, slots=True)
class Size:
    """How long each run is, in seconds; how many turns bare and own have; how many runs look for `held`."""

    bare_s: float
    own_s: float
    held_s: float
    turns: int
    tries: int


WHOLE: Final = Size(bare_s=12.0, own_s=30.0, held_s=30.0, turns=2, tries=8)
SHORT: Final = Size(bare_s=3.0, own_s=12.0, held_s=10.0, turns=1, tries=2)


@dataclass(frozen=True, slots=True)
class Bare:
    speech_s: float
    cpu_s: float
    rate: float
    """Seconds of speech in a second, all recognisers together."""

    @property
    def cost(self) -> float:
        return self.cpu_s / self.speech_s


@dataclass(frozen=True, slots=True)
class Own:
    """`server_s` is the part of `cpu_s` that is not the recognisers'."""

    offered: int
    speech_s: float
    cpu_s: float
    server_s: float
    rate: float
    heard: Sequence[Heard]
    refused: int

    @property
    def cost(self) -> float:
        return self.cpu_s / self.speech_s

    @property
    def held(self) -> bool:
        return is_held(self.heard, self.refused)


@dataclass(slots=True)
class Search:
    """The most streams that are held: pure. `tried` says how each number went, each time."""

    first: int
    tries: int = WHOLE.tries
    tried: dict[int, list[bool]] = field(default_factory=dict)

    def add(self, number: int, held: bool) -> None:
        self.tried.setdefault(number, []).append(held)

    @property
    def most(self) -> int:
        """0 when none of those tried is held."""
        return max((number for number, went in self.tried.items() if any(went)), default=0)

    @property
    def _missed(self) -> int | None:
        """The least number that is known not to be held."""
        return min(
            (number for number, went in self.tried.items() if len(went) >= MISSES and not any(went)),
            default=None,
        )

    @property
    def is_sure(self) -> bool:
        """One more is known not to be held, so that `most` is not only what there was time for."""
        return self._missed == self.most + 1

    def next(self) -> int | None:
        """The number to try next; None when it is found or enough was tried."""
        if self.is_sure or sum(map(len, self.tried.values())) >= self.tries:
            return None
        if not self.tried:
            return max(1, self.first)
        doubtful = [number for number, went in self.tried.items() if len(went) < MISSES and not any(went)]
        if doubtful:
            return min(doubtful)
        most, missed = self.most, self._missed
        if missed is None:
            return most + (1 << (len(self.tried) - 1))
        return (most + missed) // 2 if most else min(missed - 1, missed * FEWER // 8)


class Pipeline:
    """The own pipeline in a process of its own, and the streams that come to it."""

    def __init__(self, folder: Path, engine: str, cores: int, stack: ExitStack, *, partials: bool) -> None:
        self._folder = folder
        self._node = stack.enter_context(
            Companion("tests.bench.speech.node", log=folder / f"node-{engine}-{partials}.log")
        )
        self._port = self._node.ask(
            engine=engine, model=str(MODELS[engine]), workers=cores, partials=partials,
            spool=str(folder / f"spool-{engine}-{partials}.sqlite"),
        )["port"]  # fmt: skip

    def run(self, streams: int, seconds: float) -> Own:
        """So many people talk for so long; returns when their last word has its text."""
        used, server = cpu_s([self._node.pid]), cpu_s([self._node.pid], children=False)
        with Companion("tests.bench.speech.generator", log=self._folder / "generator.log") as generator:
            begun = generator.ask(
                port=self._port, streams=streams, seconds=seconds, sound="talk", step_s=STEP_S
            )["began"]
            generator.hear()
        found = self._node.ask()
        heard = [Heard(*row) for row in found["utterances"]]
        return Own(
            offered=streams,
            speech_s=sum(one.seconds for one in heard),
            cpu_s=cpu_s([self._node.pid]) - used,
            server_s=cpu_s([self._node.pid], children=False) - server,
            rate=speech_per_second(heard, begun + FILLED_S, begun + seconds),
            heard=heard,
            refused=found["refused"],
        )


class Loops:
    """As many bare engines as there are cores, each in a process of its own."""

    def __init__(
        self, folder: Path, engine: str, cores: int, stack: ExitStack, *, library: bool = False
    ) -> None:
        self._loops = [
            stack.enter_context(
                Companion(
                    "tests.bench.speech.bare",
                    log=folder / f"bare-{engine}-{library}-{number}.log",
                    env={"OMP_NUM_THREADS": "1"},  # as a worker of the service has it
                )
            )
            for number in range(cores)
        ]
        for one in self._loops:
            one.say(engine=engine, model=str(MODELS[engine]), library=library)
        for one in self._loops:
            one.hear()
        self._begin = 0

    def run(self, seconds: float) -> Bare:
        for number, one in enumerate(self._loops):
            one.say(seconds=seconds, begin=self._begin + 5 * number)
        found = [one.hear() for one in self._loops]
        self._begin += max(one["utterances"] for one in found)
        return Bare(
            speech_s=sum(one["speech_s"] for one in found),
            cpu_s=sum(one["cpu_s"] for one in found),
            rate=sum(one["speech_s"] / one["wall_s"] for one in found),
        )


def share_of_speech() -> float:
    """How much of the talk the gate lets through."""
    sound = voices.talk()
    return voices.seconds(voices.utterances(sound)) / (len(sound) / BYTES_PER_SECOND)


def streams(folder: Path, engines: Sequence[str], size: Size) -> dict[str, Any]:
    folder.mkdir(parents=True)
    share = share_of_speech()
    return {
        "speech_of_a_stream": round(share, 3),
        "engines": {engine: one_engine(folder, engine, share, size) for engine in engines},
    }


def one_engine(folder: Path, engine: str, share: float, size: Size) -> dict[str, Any]:
    cores = os.cpu_count() or 1
    bare: list[Bare] = []
    own: list[Own] = []
    with ExitStack() as stack:
        loops = Loops(folder, engine, cores, stack)
        pipeline = Pipeline(folder, engine, cores, stack, partials=False)
        for _ in range(size.turns):
            bare.append(loops.run(size.bare_s))
            own.append(pipeline.run(ceil(MORE * bare[-1].rate / share), size.own_s))
    with ExitStack() as stack:
        library = Loops(folder, engine, cores, stack, library=True).run(size.bare_s)
    search = Search(floor(_mean([one.rate for one in own]) / share), size.tries)
    trials: dict[int, Own] = {}
    with ExitStack() as stack:
        pipeline = Pipeline(folder, engine, cores, stack, partials=True)
        while (number := search.next()) is not None:
            trial = pipeline.run(number, size.held_s)
            search.add(number, trial.held)
            if trial.held or number not in trials:
                trials[number] = trial
    bare_cost = sum(one.cpu_s for one in bare) / sum(one.speech_s for one in bare)
    own_cost = sum(one.cpu_s for one in own) / sum(one.speech_s for one in own)
    rates = _mean([one.rate for one in own]), _mean([one.rate for one in bare])
    held = trials.get(search.most)
    return {
        "cores": cores,
        "ratio": round(bare_cost / own_cost, 4),
        "bare_cpu_per_speech": round(bare_cost, 4),
        "own_cpu_per_speech": round(own_cost, 4),
        "server_cpu_per_speech": round(
            sum(one.server_s for one in own) / sum(one.speech_s for one in own), 4
        ),
        "streams_own": round(rates[0] / share, 2),
        "streams_bare": round(rates[1] / share, 2),
        "streams_ratio": round(rates[0] / rates[1], 4),
        "library_cpu_per_speech": round(library.cost, 4),
        "streams_library": round(library.rate / share, 2),
        "held": search.most,
        "held_is_sure": search.is_sure,
        "tried": {str(number): went for number, went in search.tried.items()},
        "held_lag_s": shown(one.lag for one in held.heard if one.lag is not None) if held else None,
        "turns": [
            {
                "bare": {"cost": round(a.cost, 4), "streams": round(a.rate / share, 2)},
                "own": {
                    "cost": round(b.cost, 4), "streams": round(b.rate / share, 2), "offered": b.offered,
                    "utterances": len(b.heard), "refused": b.refused,
                },
            }
            for a, b in zip(bare, own, strict=True)
        ],
    }  # fmt: skip


def goals(found: dict[str, Any]) -> list[Goal]:
    return [
        Goal(f"{engine}: own pipeline to bare engine", one["ratio"], "≥", GOAL)
        for engine, one in found["engines"].items()
    ]


def tell(found: dict[str, Any]) -> list[str]:
    engines = found["engines"]
    rows: dict[str, Callable[[dict[str, Any]], str]] = {
        "processor time for a second of speech, s: bare, own (of it server and gate)": lambda one: (
            f"{one['bare_cpu_per_speech']:.3f}, {one['own_cpu_per_speech']:.3f} "
            f"({one['server_cpu_per_speech']:.3f})"
        ),
        "**ratio** of these": lambda one: f"**{one['ratio']:.3f}**",
        "streams while more is offered: bare, own, ratio": lambda one: (
            f"{one['streams_bare']:.1f}, {one['streams_own']:.1f}, {one['streams_ratio']:.2f}"
        ),
        "streams of the library as its own page calls it": lambda one: f"{one['streams_library']:.1f}",
        "held as shipped: streams": lambda one: f"{'' if one['held_is_sure'] else 'at least '}{one['held']}",
        "end of utterance to text there, s: p50, p95, p99, worst (n)": lambda one: of(one["held_lag_s"]),
    }
    return [
        f"| streams, {found['speech_of_a_stream']:.0%} of each is speech | {' | '.join(engines)} |",
        "|---|" + "---|" * len(engines),
        *(f"| {what} | {' | '.join(cell(one) for one in engines.values())} |" for what, cell in rows.items()),
    ]


def of(found: dict[str, Any] | None, digits: int = 2) -> str:
    """A spread of the raw output as a table shows it."""
    if found is None:
        return "none"
    values = (found[key] for key in ("p50", "p95", "p99", "worst"))
    lost = f", {found['lost']} of them never" if found["lost"] else ""
    told = ", ".join("never" if one is None else f"{one:.{digits}f}" for one in values)
    return f"{told} ({found['n']}{lost})"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
