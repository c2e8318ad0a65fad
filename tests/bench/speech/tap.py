"""Part `tap`: what our own code takes for one leg, and 900 streams at once that are only listened to.

- *one leg*: processor time for each second of a leg, from AudioSocket bytes to the gate's word, without
  sockets: decoder, session, timeline, stream, gate. The voice model (Silero, by onnxruntime) is in it; how
  much of it is the model alone stands beside, measured with a gate whose model costs nothing.
- *many*: a process that sends frames at their time over AudioSocket, another one with the service's own
  server and gates. A frame is late by the time from when it was due to when the server had it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psutil

from core.sound.audiosocket import HEADER, AudioSocketDecoder, FrameKind, encode
from speech.audiosocket.server import GATHERED
from speech.audiosocket.session import AudioReceived, AudioSocketSession
from speech.model import BYTES_PER_SECOND
from speech.resample import Samples
from speech.vad import VoiceGate
from tests.bench.companion import Companion
from tests.bench.speech import voices
from tests.bench.speech.ears import NoEngine, stream_of
from tests.bench.speech.figures import FRAME_S, Goal, shown
from tests.bench.speech.generator import FRAME_BYTES
from tests.bench.speech.streams import of
from tests.bench.speech.usage import cpu_s, memory_mb

GOAL_MS: Final = 1.0
STREAMS: Final = 900
"""The goal, however many a run is told to try."""
FEWER: Final = (0.75, 0.6, 0.5, 0.4, 0.3, 0.2)
"""Shares of them that are tried where all of them are not held."""
LAG_GOAL_S: Final = 1.0
"""Later than that nobody would call it live."""
LEG_S: Final = 120.0
SETTLE_S: Final = 2.0
PIECE: Final = GATHERED // (HEADER + FRAME_BYTES)
"""Frames that the server reads at a time."""

TAP: Final = UUID(int=1)


class Loudness:
    """A voice model that costs next to nothing: whatever is not quiet is speech."""

    def probabilities(self, frames: Samples) -> list[float]:
        return [0.9 if loud else 0.1 for loud in (abs(frames[:, ::64]).max(axis=1) > 0.01).tolist()]

    def reset(self) -> None:
        """It remembers nothing."""


def one_leg(sound: bytes, seconds: float, gate: Callable[[], VoiceGate]) -> list[float]:
    """Milliseconds of processor time for each second of a leg."""
    decoder, session = AudioSocketDecoder(), AudioSocketSession(0.0, hello_within=10.0, idle_for=1e9)
    stream = stream_of(TAP, NoEngine(), gate())
    for kind, payload in decoder.feed(encode(FrameKind.UUID, TAP.bytes)):
        session.frame(kind, payload, 0.0)
    said = voices.looped(sound, seconds)
    frames = [encode(FrameKind.SLIN, said[at : at + FRAME_BYTES]) for at in range(0, len(said), FRAME_BYTES)]
    pieces = [b"".join(frames[at : at + PIECE]) for at in range(0, len(frames), PIECE)]
    took: list[float] = [0.0] * int(seconds)
    start = time.monotonic()
    for number, piece in enumerate(pieces):
        at = (number + 1) * PIECE * FRAME_S
        if int(number * PIECE * FRAME_S) >= len(took):
            break
        used = time.thread_time()
        heard: list[bytes] = []
        for kind, payload in decoder.feed(piece):
            match session.frame(kind, payload, start + at):
                case AudioReceived(pcm):
                    heard.append(bytes(pcm))
                case other:
                    raise AssertionError(f"the bench's own stream is not understood: {other}")
        stream.feed(b"".join(heard), start + at)
        took[int(number * PIECE * FRAME_S)] += (time.thread_time() - used) * 1000
    stream.close()
    return took


def legs() -> dict[str, bytes]:
    return {
        "silence": bytes(10 * BYTES_PER_SECOND),
        "conversation": voices.conversation(),
        "without a pause": voices.talk(),
    }


def one(seconds: float = LEG_S) -> dict[str, Any]:
    one_leg(voices.conversation(), 5.0, VoiceGate)  # what the first one costs, no other does
    found = {}
    for name, sound in legs().items():
        whole = one_leg(sound, seconds, VoiceGate)
        own = one_leg(sound, seconds, lambda: VoiceGate(model=Loudness()))
        found[name] = {
            "mean_ms": round(sum(whole) / len(whole), 3),
            "mean_without_model_ms": round(sum(own) / len(own), 3),
            "ms": shown(whole),
            "without_model_ms": shown(own),
        }
    return found


def many(folder: Path, streams: int, seconds: float) -> dict[str, Any]:
    with (
        Companion("tests.bench.speech.ears", log=folder / "ears.log") as ears,
        Companion("tests.bench.speech.generator", log=folder / "generator.log") as generator,
    ):
        port = ears.ask(connections=streams + 10)["port"]
        empty = memory_mb(ears.pid)
        begun = generator.ask(port=port, streams=streams, seconds=seconds, sound="conversation", step_s=1.7)
        time.sleep(max(0.0, begun["began"] - time.monotonic()) + SETTLE_S)
        psutil.cpu_percent()
        since, used, other = time.monotonic(), cpu_s([ears.pid]), cpu_s([generator.pid])
        time.sleep(seconds - 2 * SETTLE_S)
        span = time.monotonic() - since
        used, other = cpu_s([ears.pid]) - used, cpu_s([generator.pid]) - other
        busy, full = psutil.cpu_percent(), memory_mb(ears.pid)
        sent = generator.hear()
        heard = ears.ask()
    wanted = sent["frames_each"]
    return {
        "streams": streams,
        "heard_streams": heard["streams"],
        "frames_sent": wanted * streams,
        "frames_lost": wanted * streams - sum(heard["frames"]),
        "streams_not_whole": streams - sum(one == wanted for one in heard["frames"]),
        "blocked": sent["blocked"],
        "gone": sent["gone"],
        "generator_late_s": sent["late_s"],
        "late_s": heard["late_s"],
        "done_s": heard["done_s"],
        "late_at_the_end_s": heard["late_at_the_end_s"],
        "frames_a_piece": round(sum(heard["frames"]) / max(1, heard["pieces"]), 2),
        "utterances": heard["utterances"],
        "speech": round(heard["speech_s"] / (streams * seconds), 3),
        "cores": round(used / span, 3),
        "ms_a_stream_second": round(used / span / streams * 1000, 3),
        "generator_cores": round(other / span, 3),
        "machine_busy_percent": busy,
        "memory_mb": round(full, 1),
        "kb_a_stream": round((full - empty) * 1000 / streams, 1),
    }  # fmt: skip


def is_held(found: dict[str, Any]) -> bool:
    """Every frame of every stream was heard, and none of them late."""
    late = found["late_s"]
    whole = not found["streams_not_whole"] and not found["gone"] and not found["blocked"]
    return whole and late is not None and late["p99"] < LAG_GOAL_S


def tap(folder: Path, streams: int, seconds: float) -> dict[str, Any]:
    folder.mkdir(parents=True)
    found: dict[str, Any] = {"one": one(), "many": many(folder, streams, seconds), "fewer": []}
    held = found["many"] if is_held(found["many"]) else None
    for share in FEWER:
        if held is not None:
            break
        found["fewer"].append(many(folder, int(streams * share), seconds))
        held = found["fewer"][-1] if is_held(found["fewer"][-1]) else None
    found["held"] = held["streams"] if held else 0
    return found


def goals(found: dict[str, Any]) -> list[Goal]:
    conversation = found["one"]["conversation"]
    return [
        Goal(
            "own code for one leg of a conversation",
            conversation["mean_without_model_ms"],
            "<",
            GOAL_MS,
            "ms",
        ),
        Goal("the same with the voice model", conversation["mean_ms"], "<", GOAL_MS, "ms"),
        Goal("streams held with the gate only", float(found["held"]), "≥", float(STREAMS)),
    ]


def tell(found: dict[str, Any]) -> list[str]:
    lines = [
        "| one leg, ms for a second of it | mean | p50, p95, p99, worst (n) | mean without the voice model |",
        "|---|---|---|---|",
    ]
    for name, row in found["one"].items():
        means = f"{row['mean_ms']:.2f}", f"{row['mean_without_model_ms']:.2f}"
        lines.append(f"| {name} | {means[0]} | {of(row['ms'])} | {means[1]} |")
    runs = [found["many"], *found["fewer"]]
    head = " | ".join(f"{run['streams']} streams" for run in runs)
    lines += ["", f"| many at once, gate only | {head} |", "|---|" + "---|" * len(runs)]
    cells = [_cells(run) for run in runs]
    return [*lines, *(f"| {name} | {' | '.join(one[name] for one in cells)} |" for name in cells[0])]


def _cells(run: dict[str, Any]) -> dict[str, str]:
    return {
        "share of speech; utterances": f"{run['speech']:.0%}; {run['utterances']}",
        "frames sent, lost": f"{run['frames_sent']:,}, {run['frames_lost']}",
        "streams that ended early or are not whole": f"{run['gone']}, {run['streams_not_whole']}",
        "a frame is late by, s: p50, p95, p99, worst (n)": of(run["late_s"], 3),
        "the same in the last half second": of(run["late_at_the_end_s"], 3),
        "the generator is late by, s": of(run["generator_late_s"], 3),
        "server and gates: cores; ms for a second of a stream": (
            f"{run['cores']:.2f}; {run['ms_a_stream_second']:.2f}"
        ),
        "generator: cores; machine busy": (
            f"{run['generator_cores']:.2f}; {run['machine_busy_percent']:.0f} %"
        ),
        "memory; for each stream": f"{run['memory_mb']:.0f} MB; {run['kb_a_stream']:.0f} kB",
    }  # fmt: skip
