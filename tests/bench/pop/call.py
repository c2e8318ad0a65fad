"""One recorded queue call cut into acts, and played again for any number, agent and ids."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.bench.ami.recording import Recording

END = b"\r\n\r\n"
TRUNK = re.compile(rb"PJSIP/trunk-[0-9a-f]{8}")
AGENT = re.compile(rb"PJSIP/(agent-[0-9]+)-([0-9a-f]{8})")
BRIDGE = re.compile(rb"BridgeUniqueid: ([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Act:
    """What the switch says in one breath; `after` is in seconds from the beginning of the call."""

    after: float
    stream: bytes
    rings: bool = False


class CallScript:
    """`acts(…)` are: the caller arrives and queues, an agent's phone rings, they talk, they hang up.

    `system_name` is what the switch calls itself in each event, and begins each id.
    The act `rings` begins with the first message about the agent's channel: the bytes that announce the ring.
    """

    RING_S, ANSWER_S, END_S = 0.5, 1.5, 4.0

    def __init__(self, system_name: str) -> None:
        self._system = system_name.encode()
        frames = Recording.load().round_of(0).split(END)
        linkedid = self._some_call(frames)
        mine = [frame + END for frame in frames if linkedid in frame]
        text = b"".join(mine)
        agent = AGENT.search(text)
        bridge = BRIDGE.search(text)
        trunk = TRUNK.search(text)
        number = re.search(rb"CallerIDNum: (1390451[0-9]{4})", text)
        if not (agent and bridge and trunk and number):
            raise ValueError("the recording holds no whole call")
        ids = set(re.findall(rb"songhua-[0-9]{10}\.[0-9]+", text)) - {linkedid}
        self._text = [mine[begin:end] for begin, end in self._bounds(mine, agent.group(0))]
        self._linkedid, self._uniqueid = linkedid, ids.pop()
        self._agent, self._suffix = agent.group(1), agent.group(2)
        self._trunk, self._bridge, self._number = trunk.group(0), bridge.group(1), number.group(1)

    def acts(self, serial: int, agent: str, number: str) -> list[Act]:
        """The call for the nth time: ids, channels, bridge, agent and caller are its own."""
        swaps = (
            (b"SystemName: songhua", b"SystemName: " + self._system),
            (self._linkedid, b"%s-%010d.%d" % (self._system, 1_900_000_000 + serial, 2 * serial)),
            (self._uniqueid, b"%s-%010d.%d" % (self._system, 1_900_000_000 + serial, 2 * serial + 1)),
            (self._agent + b"-" + self._suffix, b"%s-%08x" % (agent.encode(), serial)),
            (self._trunk, b"PJSIP/trunk-%08x" % serial),
            (self._bridge, b"%08x-0000-4000-8000-000000000000" % serial),
            (self._number, number.encode()),
        )
        found = []
        for after, frames in zip((0.0, self.RING_S, self.ANSWER_S, self.END_S), self._text, strict=True):
            stream = b"".join(frames)
            for old, new in swaps:
                stream = stream.replace(old, new)
            stream = re.sub(rb"\b%s\b(?!-)" % re.escape(self._agent), agent.encode(), stream)
            found.append(Act(after, stream, after == self.RING_S))
        return found

    @staticmethod
    def _some_call(frames: list[bytes]) -> bytes:
        """A call in which exactly one phone rang and was answered."""
        joined = b"\n".join(frames)
        for linkedid in dict.fromkeys(re.findall(rb"Linkedid: (songhua-[0-9.]+)", joined)):
            mine = b"".join(frame for frame in frames if linkedid in frame)
            if (
                len(set(AGENT.findall(mine))) == 1
                and b"Event: BridgeEnter" in mine
                and mine.count(b"Event: Hangup\r") == 2
            ):
                return bytes(linkedid)
        raise ValueError("the recording holds no call with one agent")

    @staticmethod
    def _bounds(frames: list[bytes], agent: bytes) -> list[tuple[int, int]]:
        ring = next(index for index, frame in enumerate(frames) if agent in frame)
        up = next(
            index for index, frame in enumerate(frames) if b"EventName: ANSWER" in frame and agent in frame
        )
        end = next(index for index, frame in enumerate(frames) if b"Event: HangupRequest" in frame)
        return [(0, ring), (ring, up), (up, end), (end, len(frames))]
