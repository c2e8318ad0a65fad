"""Lines of the log that others read: phrases and fields of the program, and nothing else."""

from __future__ import annotations

import ast
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.log import configure, in_every_line, logger
from gateway.logs.line import HIDDEN, HIDDEN_WORD, KEPT, UNKNOWN_PHRASE, parse_line, phrases
from gateway.logs.reading import LogSource
from tests.peers.checkout import CHECKOUT

LEVELS = {"debug", "info", "warning", "error", "exception"}
NOW = datetime.now(UTC)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    import structlog

    stream = io.StringIO()
    configure(stream=stream, show_personal=True)
    yield stream
    structlog.contextvars.clear_contextvars()
    configure(level="warning", json=False)


def calls_of_log() -> Iterator[ast.Call]:
    for file in CHECKOUT.glob("[a-z]*/**/*.py"):
        if file.relative_to(CHECKOUT).parts[0] in {"tests", "console", "scripts", "migrations", "lab"}:
            continue
        text = file.read_text(encoding="utf-8")
        if "_log" in text:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    whose = getattr(node.func.value, "id", getattr(node.func.value, "attr", ""))
                    if node.func.attr in LEVELS and whose.endswith("log"):
                        yield node


def test_every_field_of_the_log_is_known_to_name_nobody_or_is_hidden() -> None:
    assert frozenset() == KEPT & HIDDEN
    used = {word.arg for call in calls_of_log() for word in call.keywords if word.arg}
    assert used - KEPT - HIDDEN == set(), "say in gateway/logs/line.py whether it may be shown"
    personal = {
        word.arg
        for call in calls_of_log()
        for word in call.keywords
        if isinstance(word.value, ast.Call) and getattr(word.value.func, "id", "") == "personal"
    }
    assert personal & KEPT == set()


def test_every_phrase_of_the_log_is_known() -> None:
    said = {call.args[0].value for call in calls_of_log() if isinstance(call.args[0], ast.Constant)}
    assert len(said) > 200
    assert said <= phrases()


def test_a_line_is_shown_without_what_may_name_anybody(written: io.StringIO) -> None:
    in_every_line(role="centre")
    log = logger("test")
    log.warning("the database is away at start", why="ask 13904510001", by="wang.fang", caller="王芳")
    log.error("王芳 rang from 13904510001")
    try:
        int("王芳 said: 13904510001")
    except ValueError:
        log.exception("background task failed", task="cdr.import")
    first, second, third = (parse_line(text) for text in written.getvalue().splitlines())
    assert first
    assert second
    assert third
    shown = first.shown()
    assert (shown["event"], shown["role"], shown["level"]) == (
        "the database is away at start", "centre", "warning",
    )  # fmt: skip
    assert (shown["why"], shown["by"], shown["others"]) == ("ask •••", HIDDEN_WORD, 1)
    assert "caller" not in shown
    assert second.shown()["event"] == UNKNOWN_PHRASE
    assert third.shown()["exception"][-1] == "ValueError"
    assert third.shown()["exception"][0].startswith("gateway/test_log_lines.py:")
    for line in (first, second, third):
        told = json.dumps(line.shown(), ensure_ascii=False)
        assert "王芳" not in told
        assert "1390451" not in told


@pytest.mark.parametrize(
    "text",
    [
        "", "Traceback (most recent call last):", "{", "[]", "{}", '{"event": "x"}',
        '{"timestamp": 7, "event": 1}',
        '{"timestamp": "yesterday", "event": "x"}', '{"timestamp": "2026-12-01T00:00:00Z"}',
    ],
)  # fmt: skip
def test_what_is_no_line_of_ours_is_left_out(text: str) -> None:
    assert parse_line(text) is None


def test_files_are_read_in_their_order_and_what_cannot_be_is_said(tmp_path: Path) -> None:
    lines = [json.dumps({"timestamp": NOW.isoformat(), "event": str(number)}) for number in range(4)]
    old = json.dumps({"timestamp": (NOW - timedelta(days=3)).isoformat(), "event": "old"})
    with gzip.open(tmp_path / "a.gz", "wt") as packed:
        packed.write("\n".join([old, *lines[:2]]))
    (tmp_path / "b.log").write_text("\n".join([lines[2], "no json", lines[3], "x" * 300_000]) + "\n")
    (tmp_path / "c.gz").write_bytes(b"no gzip")
    source = LogSource([tmp_path / name for name in ("a.gz", "b.log", "c.gz", "d.log")])
    found = [line.fields["event"] for line in source.lines(NOW - timedelta(hours=1), NOW)]
    assert found == ["0", "1", "2", "3"]
    assert len(source.trouble) == 2


def test_the_journal_is_read_where_no_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = json.dumps({"MESSAGE": json.dumps({"timestamp": NOW.isoformat(), "event": "x"})})
    program = tmp_path / "journalctl"
    program.write_text(
        f"#!/bin/sh\necho \"$@\" > {tmp_path}/asked\ncat <<'END'\n{entry}\n"
        '{"MESSAGE": [255, 1]}\nno json\n{"MESSAGE": "words"}\nEND\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    source = LogSource()
    assert [line.fields["event"] for line in source.lines(NOW, NOW)] == ["x"]
    assert "--unit=songhua.service --unit=songhua@*.service" in (tmp_path / "asked").read_text()
    program.write_text("#!/bin/sh\necho 'No journal files were opened' >&2\nexit 1\n")
    assert list(source.lines(NOW, NOW)) == []
    assert source.trouble == ["the journal: No journal files were opened"]
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    none = LogSource()
    assert list(none.lines(NOW, NOW)) == []
    assert "name files" in none.trouble[0]
