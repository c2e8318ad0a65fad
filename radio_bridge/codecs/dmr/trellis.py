"""Trellis code of rate 3/4 around 144 bits of data (ETSI TS 102 361-1, B.2.4), decoded by Viterbi's way."""

from __future__ import annotations

from typing import Final

DATA_BYTES: Final = 18
_STEPS: Final = 49
_STATES: Final = 8
_POINTS: Final = (
    (0, 8, 4, 12, 2, 10, 6, 14),
    (4, 12, 2, 10, 6, 14, 0, 8),
    (1, 9, 5, 13, 3, 11, 7, 15),
    (5, 13, 3, 11, 7, 15, 1, 9),
    (3, 11, 7, 15, 1, 9, 5, 13),
    (7, 15, 1, 9, 5, 13, 3, 11),
    (2, 10, 6, 14, 0, 8, 4, 12),
    (6, 14, 0, 8, 4, 12, 2, 10),
)
"""By state and three bits of data, which are the next state."""
_NIBBLES: Final = (2, 10, 7, 15, 14, 6, 11, 3, 13, 5, 8, 0, 1, 9, 4, 12)
"""By point: the four bits on the air."""
_ORDER: Final = tuple(
    place for quarter in range(4) for place in range(2 * _STEPS) if place // 2 % 4 == quarter
)
"""On the air, the pair of bits at each place."""
_MOST_WRONG: Final = 12


def encode(data: bytes) -> int:
    """196 bits."""
    if len(data) != DATA_BYTES:
        raise ValueError(f"{len(data)} octets, it has {DATA_BYTES}")
    value, state = int.from_bytes(data) << 3, 0
    pairs: list[int] = []
    for step in range(_STEPS):
        bits = value >> (3 * (_STEPS - 1 - step)) & 7
        nibble = _NIBBLES[_POINTS[state][bits]]
        pairs += [nibble >> 2, nibble & 3]
        state = bits
    found = 0
    for place in _ORDER:
        found = (found << 2) | pairs[place]
    return found


def decode(bits: int) -> bytes | None:
    """The data that is nearest; None when nothing is near."""
    pairs = [0] * (2 * _STEPS)
    for index, place in enumerate(_ORDER):
        pairs[place] = bits >> (2 * (2 * _STEPS - 1 - index)) & 3
    far = 4 * _STEPS + 1
    costs, paths = [0] + [far] * (_STATES - 1), [0] * _STATES
    for step in range(_STEPS):
        heard = (pairs[2 * step] << 2) | pairs[2 * step + 1]
        reached, came = [far] * _STATES, [0] * _STATES
        for state in range(_STATES):
            if costs[state] >= far:
                continue
            for after in range(_STATES):
                cost = costs[state] + (_NIBBLES[_POINTS[state][after]] ^ heard).bit_count()
                if cost < reached[after]:
                    reached[after], came[after] = cost, (paths[state] << 3) | after
        costs, paths = reached, came
    if costs[0] > _MOST_WRONG:
        return None
    return (paths[0] >> 3).to_bytes(DATA_BYTES)
