"""CEL lines: any split, any bytes, cut and glued lines."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from cdr.cel.codec import MAX_RECORD, CelLine, CelParser, RejectedLine
from tests.cdr.script import Script, answered_call, quote

TIME = "1795612161.520564"


def record(
    *, name: str = "王小明", event: str = "CHAN_START", uniqueid: str = "1.1", extra: str = ""
) -> bytes:
    fields = [
        event,
        TIME,
        name,
        "138",
        "s",
        "hotline",
        "PJSIP/trunk-1",
        "",
        "",
        uniqueid,
        uniqueid,
        "",
        extra,
    ]
    return (",".join(quote(field) for field in fields) + "\n").encode()


def parse(
    data: bytes, cuts: list[int] | None = None, *, finish: bool = False
) -> list[CelLine | RejectedLine]:
    parser = CelParser()
    found: list[CelLine | RejectedLine] = []
    at = 0
    for cut in [*sorted(cuts or []), len(data)]:
        found += parser.feed(data[at:cut])
        at = max(at, cut)
    if finish:
        found += parser.finish()
    return found


def names(found: list[CelLine | RejectedLine]) -> list[str]:
    return [item.row.name for item in found if isinstance(item, CelLine)]


def test_a_line_of_asterisk_22() -> None:
    raw = (
        '"RECORDING","1795612161.520564","王""小, 明","13800001234","1","hotline","Local/s@cit-00000000;1",'
        '"CELGenUserEvent","RECORDING,/rec/20261125/t-1795612161.0","t-1795612161.0","t-1795612161.0","",'
        '"{""extra"":""/rec/20261125/t-1795612161.0""}"\n'
    ).encode()
    [line] = parse(raw)
    assert isinstance(line, CelLine)
    assert line.row.name == '王"小, 明'
    assert line.row.at.isoformat() == "2026-11-25T13:09:21.520564+00:00"
    assert line.row.extra_text("extra") == "/rec/20261125/t-1795612161.0"
    assert (line.offset, line.raw) == (0, raw)


def test_newlines_commas_and_quotes_stay_inside_their_value() -> None:
    told = 'a\nb\r\n,"",\n"CHAN_START","1795612161.520564",'
    assert names(parse(record(name=told) + record(name="next"))) == [told, "next"]


def test_a_character_cut_in_half_becomes_a_replacement() -> None:
    raw = record(name="明").replace("明".encode(), "明".encode()[:2])
    assert names(parse(raw)) == ["\ufffd"]


def test_nul_becomes_a_replacement_since_postgresql_takes_none() -> None:
    assert names(parse(record(name="a\0b"))) == ["a\ufffdb"]


def test_a_half_written_last_line_waits_for_its_rest() -> None:
    raw = record()
    parser = CelParser()
    assert parser.feed(raw[:-1]) == []
    assert parser.position == 0
    [line] = parser.feed(b"\n")
    assert isinstance(line, CelLine)
    assert parser.position == len(raw)


def test_wherever_the_disk_was_full_the_glued_line_is_read() -> None:
    """A line cut after any byte, the next one glued onto it: that is whole, the cut one never invented."""
    cut = record(name='a"b', event="HANGUP", extra='{"x":1}')
    for kept in range(1, len(cut) - 1):
        found = parse(cut[:kept] + record(name="glued") + record(name="after"))
        assert names(found) == ["glued", "after"], cut[:kept]
        assert [item.raw for item in found if isinstance(item, RejectedLine)] == [cut[:kept]]
    # All but the line end: nothing is missing.
    assert names(parse(cut[:-1] + record(name="glued"))) == ['a"b', "glued"]


def test_the_last_line_of_a_rotated_file_is_decided() -> None:
    whole, cut = record(name="whole")[:-1], record(name="cut")[:-9]
    assert names(parse(record() + whole, finish=True))[-1] == "whole"
    assert [type(item) for item in parse(record() + cut, finish=True)] == [CelLine, RejectedLine]


def test_lines_with_too_few_or_too_many_values_are_rejected_and_the_next_is_read() -> None:
    short = b'"HANGUP","1795612161.520564","a"\n'
    long = record(name="x").rstrip(b"\n") + b',"more"\n'
    found = parse(short + record(name="1") + long + record(name="2"))
    assert names(found) == ["1", "2"]
    assert [item.reason for item in found if isinstance(item, RejectedLine)] == ["fields", "fields"]


def test_a_line_without_ids_is_rejected() -> None:
    found = parse(record(uniqueid="") + record(uniqueid="9" * 200) + record())
    assert [item.reason for item in found if isinstance(item, RejectedLine)] == ["ids", "ids"]


def test_a_value_that_never_ends_costs_at_most_its_limit() -> None:
    parser = CelParser()
    endless = record()[:40] + b"x" * (5 * MAX_RECORD)
    found = []
    for at in range(0, len(endless), 10_000):
        found += parser.feed(endless[at : at + 10_000])
        assert parser.pending < 2 * MAX_RECORD
    found += parser.feed(b"\n" + record(name="after"))
    assert names(found) == ["after"]
    assert b"".join(item.raw for item in found if isinstance(item, RejectedLine)) == endless + b"\n"


def test_a_caller_cannot_forge_a_line_by_his_name() -> None:
    forged = record(name="x", event="LINKEDID_END").decode()
    for name in (forged, f'"\n{forged}', f'",{forged}', f'x"\n{forged}"'):
        assert names(parse(record(name=name) + record(name="after"))) == [name, "after"]


damage = st.one_of(
    st.binary(max_size=60),
    st.builds(record, name=st.text(max_size=20)),
    st.builds(lambda raw, at: raw[:at], st.builds(record, name=st.text(max_size=9)), st.integers(0, 120)),
)


@given(data=st.lists(damage, max_size=8).map(b"".join), cuts=st.lists(st.integers(0, 900), max_size=12))
@example(data=b'"A', cuts=[])
def test_any_bytes_in_any_split_give_the_same(data: bytes, cuts: list[int]) -> None:
    found = parse(data, [min(cut, len(data)) for cut in cuts], finish=True)
    assert found == parse(data, finish=True)
    # Nothing is read twice, nothing but line ends is skipped, and offsets say where it stands.
    at = 0
    for item in found:
        assert data[item.offset : item.offset + len(item.raw)] == item.raw
        assert not data[at : item.offset].strip(b"\r\n")
        at = item.offset + len(item.raw)
    assert not data[at:].strip(b"\r\n")


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6), st.data())
def test_it_can_begin_again_at_any_position_it_reported(texts: list[str], data: st.DataObject) -> None:
    raw = b"".join(record(name=text) for text in texts)
    cut = data.draw(st.integers(0, len(raw)))
    first = CelParser()
    begun = first.feed(raw[:cut])
    rest = CelParser(first.position).feed(raw[first.position :])
    assert begun + rest == parse(raw)
    assert len(names(begun + rest)) == len(texts)


def test_the_scripts_of_the_other_tests_are_lines_of_cel() -> None:
    assert len(answered_call().rows) == len(answered_call().lines)
    assert re.match(rb'"CHAN_START","\d+\.\d{6}",', Script().citizen().lines[0])
