"""A report as a file: CSV that a spreadsheet opens, or Parquet with proper types."""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from cdr.reports.service import ReportResult
from core.errors import SonghuaError

CSV_TYPE: Final = "text/csv; charset=utf-8"
PARQUET_TYPE: Final = "application/vnd.apache.parquet"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class ParquetMissing(SonghuaError):
    """The library that writes Parquet is an extra of its own."""

    kind = "parquet-missing"
    title = "Parquet support is not installed"
    status = 501


def csv_of(answer: ReportResult) -> bytes:
    """With a byte order mark, because spreadsheets take a file without one for another encoding."""
    text = io.StringIO()
    writer = csv.DictWriter(text, answer.columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in answer.rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def parquet_of(answer: ReportResult) -> bytes:
    """Times are UTC, milliseconds. Raises `ParquetMissing`."""
    try:
        pyarrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ParquetMissing(
            remedy="install the extra: pip install 'songhua[reports]', or ask for CSV"
        ) from error
    fields = [pyarrow.field(name, _type(pyarrow, name, answer.rows)) for name in answer.columns]
    schema = pyarrow.schema(fields, metadata=_about(answer))
    table = pyarrow.Table.from_pylist(answer.rows, schema=schema)
    out = io.BytesIO()
    parquet.write_table(table, out, compression="zstd")
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    # A name that begins like a formula must not become one.
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _type(pyarrow: Any, name: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    if name.endswith(("_at", "_start")):
        return pyarrow.timestamp("ms", tz="UTC")
    kinds = {type(row[name]) for row in rows if row.get(name) is not None}
    if kinds == {bool}:
        return pyarrow.bool_()
    if kinds == {int}:
        return pyarrow.int64()
    return pyarrow.float64() if kinds and kinds <= {int, float} else pyarrow.string()


def _about(answer: ReportResult) -> dict[str, str]:
    return {
        "report": answer.subject,
        "from": answer.since.isoformat(),
        "to": answer.until.isoformat(),
        "interval": answer.interval,
        "time_zone": answer.time_zone,
    }
