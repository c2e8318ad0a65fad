"""The AGI codec: any bytes, any split; answers over several lines; no argument ends its line."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agi.codec import AgiDecoder, AgiLimits, AgiReply, Broken, Environment, HangupLine, Item, encode
from gateway.agi.errors import UnsafeArgument

ENVIRONMENT = (
    "agi_network: yes\nagi_network_script: flow\nagi_request: agi://127.0.0.1/flow\n"
    "agi_channel: PJSIP/trunk-0000002a\nagi_uniqueid: 1700000000.7\nagi_callerid: 13800138000\n"
    "agi_calleridname: 王小明\nagi_arg_1: zh\nagi_arg_2: \n\n"
).encode()


def opened(limits: AgiLimits | None = None) -> AgiDecoder:
    """A decoder that has read its environment."""
    decoder = AgiDecoder(limits)
    decoder.feed(b"agi_network: yes\n\n")
    return decoder


def test_the_environment_tells_call_and_arguments() -> None:
    [environment] = AgiDecoder().feed(ENVIRONMENT)
    assert isinstance(environment, Environment)
    assert environment.channel == "PJSIP/trunk-0000002a"
    assert environment.uniqueid == "1700000000.7"
    assert environment.script == "flow"
    assert environment.get("calleridname") == "王小明"
    assert environment.arguments == ("zh", "")
    assert "13800138000" not in repr(environment)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"200 result=0\n", AgiReply(200, "0")),
        (b"200 result=0\r\n", AgiReply(200, "0")),
        (b"200 result=-1\n", AgiReply(200, "-1")),
        (b"200 result=\n", AgiReply(200, "")),
        (b"200 result=123# (timeout)\n", AgiReply(200, "123#", "timeout")),
        (b"200 result=1 (a (b) c)\n", AgiReply(200, "1", "a (b) c")),
        ("200 result=1 (王小明)\n".encode(), AgiReply(200, "1", "王小明")),
        (b"200 result=1 (" + "王".encode()[:2] + b")\n", AgiReply(200, "1", "\ufffd")),
        (b"200 result=0 endpos=8000\n", AgiReply(200, "0", "", 8000)),
        (b"200 result=1 (two\nlines)\n", AgiReply(200, "1", "two\nlines")),
        (b"200 result=1 (a\nHANGUP\n200 result=0\nb)\n", AgiReply(200, "1", "a\nHANGUP\n200 result=0\nb")),
        (b"100 result=0 Trying...\n200 result=0 Gosub complete\n", AgiReply(200, "0")),
        (b"510 Invalid or unknown command\n", AgiReply(510)),
        (b"511 Command Not Permitted on a dead channel or intercept routine\n", AgiReply(511)),
        (b"520 Invalid command syntax.  Proper usage not available.\n", AgiReply(520)),
        (
            (
                b"520-Invalid command syntax.  Proper usage follows:\n Usage: ANSWER\n\nHANGUP\n"
                b"520 End of proper usage.\n"
            ),
            AgiReply(520),
        ),
    ],
)
def test_answers_in_every_form(data: bytes, expected: AgiReply) -> None:
    assert opened().feed(data) == [expected]


def test_hangup_is_a_line_by_itself() -> None:
    assert opened().feed(b"HANGUP\n200 result=-1\nHANGUP\n") == [
        HangupLine(),
        AgiReply(200, "-1"),
        HangupLine(),
    ]


def test_noise_is_counted_and_dropped() -> None:
    decoder = opened()
    assert decoder.feed(b"\nhello\n200 nothing\n99 x\n200 result=1\n") == [AgiReply(200, "1")]
    assert decoder.malformed == 4


@pytest.mark.parametrize(
    "data",
    [
        b"agi_x: " + b"1" * 9000,
        b"".join(b"agi_%d: 1\n" % number for number in range(200)),
        b"agi_callerid: 1\nagi_callerid: 2\n",
    ],
)
def test_an_environment_that_is_too_large_or_names_a_thing_twice_ends_the_dialogue(data: bytes) -> None:
    with pytest.raises(Broken):
        AgiDecoder().feed(data)


def test_an_answer_without_end_ends_the_dialogue() -> None:
    decoder = opened(AgiLimits(answer=1000))
    with pytest.raises(Broken):
        decoder.feed(b"200 result=1 (x\n" + b"y\n" * 1000)


def test_arguments_are_quoted() -> None:
    line = encode(("SET", "VARIABLE"), ("NAME", 'say "hi" \\ 王'))
    assert line == 'SET VARIABLE "NAME" "say \\"hi\\" \\\\ 王"\n'.encode()
    assert encode(("ANSWER",)) == b"ANSWER\n"


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0b", "\udc00", "x" * 3000])
def test_an_argument_cannot_end_the_line_or_overrun_it(bad: str) -> None:
    with pytest.raises(UnsafeArgument):
        encode(("NOOP",), (bad,))


@pytest.mark.parametrize("bad", [(), ("",), ("exec",), ("NOOP x",), ("NOOP\n",)])
def test_a_command_is_capital_letters_only(bad: tuple[str, ...]) -> None:
    with pytest.raises(UnsafeArgument):
        encode(bad)


def asterisk_splits(line: bytes) -> list[str]:
    """The arguments as `parse_args` in Asterisk's res_agi.c takes them apart."""
    words: list[str] = []
    quoted = escaped = False
    blank = True
    for char in line.decode().removesuffix("\n"):
        if char == '"' and not escaped:
            quoted = not quoted
            if quoted and blank:
                words.append("")
                blank = False
        elif char in " \t" and not quoted and not escaped:
            blank = True
        elif char == "\\" and not escaped:
            escaped = True
            continue
        else:
            if blank:
                words.append("")
                blank = False
            words[-1] += char
        escaped = False
    return words


@given(st.lists(st.text(max_size=40), max_size=5))
def test_asterisk_gets_back_exactly_the_arguments_that_were_given(arguments: list[str]) -> None:
    try:
        line = encode(("SET", "VARIABLE"), tuple(arguments))
    except UnsafeArgument:
        return
    assert line.count(b"\n") == 1
    assert asterisk_splits(line) == ["SET", "VARIABLE", *arguments]


FRAGMENTS = st.sampled_from(
    [b"agi_a: 1\n", b"agi_b:2\r\n", b"\n", b"\r", b"200 result=1 (", b")", b"520-x\n", b"520 \n", b"HANGUP\n"]
)


def outcome(pieces: list[bytes]) -> tuple[list[Item], int | None]:
    """What comes out until the end or until the dialogue is broken."""
    decoder = AgiDecoder(AgiLimits(line=60, environment=6, answer=100))
    items: list[Item] = []
    for piece in pieces:
        for byte in piece:
            try:
                items += decoder.feed(bytes([byte]))
            except Broken:
                return items, None
    return items, decoder.malformed


@given(
    st.lists(st.one_of(FRAGMENTS, st.binary(max_size=12)), max_size=30),
    st.lists(st.integers(0, 400), max_size=9),
)
def test_any_split_of_any_bytes_gives_the_same(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    decoder = AgiDecoder(AgiLimits(line=60, environment=6, answer=100))
    items: list[Item] = []
    broken = False
    for start, end in itertools.pairwise(edges):
        try:
            items += decoder.feed(data[start:end])
        except Broken:
            broken = True
            break
    by_byte, malformed = outcome([data])
    assert broken == (malformed is None)
    if not broken:
        assert items == by_byte
        assert decoder.malformed == malformed
    else:
        assert items == by_byte[: len(items)]
