"""One utterance on its way through a worker; its audio is kept until it is done, for a retry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from speech.engines.port import Expected, Hypothesis

LEAST_BYTES = 1600
"""100 ms: a worker that waits for sound has no more of it at once."""
WHOLE_BYTES = 6400
"""400 ms: what a worker that has work gets at a time. Fewer pieces cost less of it."""
FAULTS_MAX = 2  # a worker died over this utterance so often: it is given up
MOVES_MAX = 4  # a worker died while this utterance waited in it


@dataclass(slots=True)
class RecognitionJob:
    """`on_heard` is called for each hypothesis; `on_done` once: True when it was worked to its end.
    `late`: out of a recording.
    """

    number: int
    expected: Expected
    on_heard: Callable[[Hypothesis], None]
    on_done: Callable[[bool], None]
    audio: bytearray = field(default_factory=bytearray)
    sent: int = 0
    begun: bool = False
    ended: bool = False
    end_sent: bool = False
    faults: int = 0
    moves: int = 0
    late: bool = False

    def rewind(self) -> None:
        """Start again from the first byte, in another worker."""
        self.sent = 0
        self.begun = False
        self.end_sent = False

    @property
    def unsent(self) -> int:
        """Bytes of sound that the worker was not given."""
        return len(self.audio) - self.sent

    def next_piece(self, *, waited_for: bool) -> bytes | None:
        """The next audio to send: whole pieces while it grows, the rest when it has ended. `waited_for`: what
        there is will do.
        """
        least = LEAST_BYTES if waited_for else WHOLE_BYTES
        if self.unsent <= 0 or (self.unsent < least and not self.ended):
            return None
        piece = bytes(self.audio[self.sent : self.sent + WHOLE_BYTES])
        self.sent += len(piece)
        return piece
