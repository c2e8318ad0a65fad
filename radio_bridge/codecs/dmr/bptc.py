"""BPTC (196,96), the block product turbo code around 96 bits of signalling or data (TS 102 361-1, B.1.1)."""

from __future__ import annotations

from typing import Final

from radio_bridge.codecs.dmr.block_codes import HAMMING_13_9, HAMMING_15_11

INFO_BYTES: Final = 12
_LENGTH: Final = 196
_STEP: Final = 181
_ROWS, _COLUMNS, _DATA_ROWS = 13, 15, 9
_ROUNDS: Final = 4


def encode(info: bytes) -> int:
    """196 bits as they go on the air."""
    value = int.from_bytes(info)
    if len(info) != INFO_BYTES:
        raise ValueError(f"{len(info)} octets, it has {INFO_BYTES}")
    # The first row has eight bits of data behind three reserved ones, each further one eleven.
    rows = [
        HAMMING_15_11.encode((value >> (8 * INFO_BYTES - 8 - 11 * row)) & (0x7FF if row else 0xFF))
        for row in range(_DATA_ROWS)
    ]
    columns = [HAMMING_13_9.encode(_column(rows, column)) for column in range(_COLUMNS)]
    rows = [_row(columns, row) for row in range(_ROWS)]
    plain = 0
    for one in rows:
        plain = (plain << _COLUMNS) | one
    return _interleaved(plain)


def decode(bits: int) -> bytes | None:
    """The 96 bits; a few wrong ones are corrected. None when that cannot be done."""
    plain = _deinterleaved(bits)
    rows = [(plain >> (_COLUMNS * (_ROWS - 1 - row))) & 0x7FFF for row in range(_ROWS)]
    for _ in range(_ROUNDS):
        columns = [_mended(HAMMING_13_9.correct(_column(rows, c)), _column(rows, c)) for c in range(_COLUMNS)]
        rows = [_row(columns, row) for row in range(_ROWS)]
        # The check rows are sums of data rows, so the code of a row holds for them as well.
        rows = [_mended(HAMMING_15_11.correct(one), one) for one in rows]
        if _whole(rows):
            break
    else:
        return None
    value = (rows[0] >> 4) & 0xFF
    for one in rows[1:_DATA_ROWS]:
        value = (value << 11) | (one >> 4)
    return value.to_bytes(INFO_BYTES)


def _whole(rows: list[int]) -> bool:
    return all(HAMMING_15_11.syndrome(one) == 0 for one in rows[:_DATA_ROWS]) and all(
        HAMMING_13_9.syndrome(_column(rows, column)) == 0 for column in range(_COLUMNS)
    )


def _mended(corrected: int | None, word: int) -> int:
    return word if corrected is None else corrected


def _column(rows: list[int], column: int) -> int:
    found = 0
    for one in rows:
        found = (found << 1) | (one >> (_COLUMNS - 1 - column) & 1)
    return found


def _row(columns: list[int], row: int) -> int:
    found = 0
    for one in columns:
        found = (found << 1) | (one >> (_ROWS - 1 - row) & 1)
    return found


def _interleaved(plain: int) -> int:
    """The first of the 196 bits is reserved, the others go in steps of 181."""
    found = 0
    for place in range(_LENGTH):
        if plain >> (_LENGTH - 1 - place) & 1:
            found |= 1 << (_LENGTH - 1 - place * _STEP % _LENGTH)
    return found


def _deinterleaved(bits: int) -> int:
    found = 0
    for place in range(_LENGTH):
        if bits >> (_LENGTH - 1 - place * _STEP % _LENGTH) & 1:
            found |= 1 << (_LENGTH - 1 - place)
    return found
