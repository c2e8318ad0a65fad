"""`scripts/demo call`: a citizen phones the demo that is up, and speaks as soon as a person has answered."""

from __future__ import annotations

import argparse
import random
import ssl
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from tests.demo import voices
from tests.demo.accounts import RunningDemo
from tests.demo.stage import SUPERVISOR
from tests.peers.program import PeerFailed
from tests.peers.songhua import Visitor
from tests.real.flow_stage import Citizen
from tests.waiting import wait_for

HOTLINE: Final = "12345"
NOBODY_ANSWERED, NO_DEMO = 1, 2
LISTENS_S: Final = 60.0
"""How long the citizen stays on the line after the last word."""


def stories() -> dict[str, str]:
    """The recorded reports, each with what it is about."""
    known = yaml.safe_load((voices.STORIES / "stories.yaml").read_text(encoding="utf-8"))["stories"]
    return {
        name: str(story["about"])
        for name, story in known.items()
        if (voices.STORIES / f"caller_{name}.wav").exists()
    }


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/demo call",
        description="A citizen phones the demo that is up in another terminal.",
        epilog="Exit codes: 0 the citizen was heard; 1 nobody answered; 2 no demo is up, or no such sound.",
    )
    said = parser.add_mutually_exclusive_group()
    said.add_argument("--story", choices=sorted(stories()), default="zh", help="a recorded report")
    said.add_argument("--sound", type=Path, metavar="FILE", help="WAV, or headerless 8 kHz µ-law")
    said.add_argument("--list", action="store_true", help="name the recorded reports, and end")
    parser.add_argument("--number", default="", help="the citizen's number (one of his own)")
    parser.add_argument(
        "--wait", type=float, default=180.0, metavar="S", help="hang up when nobody has answered by then"
    )
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    given = arguments(words)
    if given.list:
        for name, about in stories().items():
            print(f"{name:12} {about}")
        return 0
    demo = RunningDemo.load()
    if demo is None:
        print("demo: none is up; start scripts/demo (without --once) first", file=sys.stderr)
        return NO_DEMO
    with tempfile.TemporaryDirectory(prefix="demo-call-") as name:
        folder = Path(name)
        try:
            file = given.sound or voices.STORIES / f"caller_{given.story}.wav"
            words_said = voices.of_file(file, folder / "voices", 0).citizen.read_bytes()
        except ValueError as error:
            print(f"demo: {error}", file=sys.stderr)
            return NO_DEMO
        number = given.number or f"1390451{random.randrange(10_000):04d}"
        return phone(demo, folder, number, words_said, given.wait)


def phone(demo: RunningDemo, folder: Path, number: str, words_said: bytes, patience_s: float) -> int:
    """Dial, wait for a person, speak, and stay until the other side hangs up."""
    watching = Visitor(demo.address, SUPERVISOR, ssl.create_default_context(cafile=demo.authority))

    def state() -> str:
        calls = watching.get("/api/calls")["calls"]
        return next((str(one["state"]) for one in calls if one["caller"] == number), "")

    citizen = Citizen(
        folder / "citizen", switch_port=demo.sip_port, caller=number, called=HOTLINE, seconds=3600
    )
    try:
        citizen.dial()
        print(f"{number} phones {HOTLINE} …", flush=True)
        try:
            wait_for(lambda: state() == "talking", "a person who answers", patience_s)
        except PeerFailed:
            print("nobody answered")
            return NOBODY_ANSWERED
        print("somebody answered; the citizen speaks …", flush=True)
        citizen.handset.say(words_said)
        over = time.monotonic() + len(words_said) / voices.RATE + LISTENS_S
        while state() and time.monotonic() < over:
            time.sleep(0.5)
        print("the call is over" if not state() else "the citizen hangs up")
    except KeyboardInterrupt:
        print("the citizen hangs up")
    finally:
        citizen.hang_up()
    return 0
