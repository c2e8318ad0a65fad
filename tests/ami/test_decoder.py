"""The decoder: any bytes, any split; torn and merged frames found again; nothing ends the loop."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from gateway.ami.codec import AmiDecoder, DecoderLimits
from gateway.ami.message import AmiEvent, AmiPacket, AmiResponse, Banner
from tests.ami.streams import BANNER, decode, event, response

NAME = "王小明在南岗区"


def test_an_event_gives_its_name_and_every_header() -> None:
    [message] = decode(event("Newchannel", Channel="PJSIP/trunk-1", CallerIDName=NAME, Linkedid="1.5"))

    assert isinstance(message, AmiEvent)
    assert message.name == "Newchannel"
    assert message.get("CallerIDName") == NAME
    assert message.headers() == [
        ("Event", "Newchannel"),
        ("Privilege", "call,all"),
        ("Channel", "PJSIP/trunk-1"),
        ("CallerIDName", NAME),
        ("Linkedid", "1.5"),
    ]


def test_the_banner_comes_without_a_blank_line_after_it() -> None:
    decoder = AmiDecoder()
    assert decoder.feed(b"Asterisk Call Man") == []
    [banner] = decoder.feed(b"ager/11.0.0\r\n")
    assert isinstance(banner, Banner)
    [answer] = decoder.feed(response("Success", "a-1"))
    assert isinstance(answer, AmiResponse)


def test_a_stream_without_a_banner_is_read_all_the_same() -> None:
    [message] = AmiDecoder().feed(event("FullyBooted"))
    assert message.name == "FullyBooted"


def test_noise_before_the_banner_is_counted_and_skipped() -> None:
    decoder = AmiDecoder()
    messages = decoder.feed(b"\r\nSSL handshake failed\r\n" + BANNER)
    assert [type(message) for message in messages] == [Banner]
    assert decoder.counts.malformed == 1


def test_a_character_cut_by_tcp_is_whole_again() -> None:
    data = event("NewCallerid", CallerIDName=NAME)
    for cut in range(len(data)):
        [message] = decode(data[:cut], data[cut:])
        assert message.get("CallerIDName") == NAME


def test_a_character_cut_by_asterisk_is_marked_and_its_bytes_are_kept() -> None:
    half = NAME.encode()[:-1]
    [message] = decode(b"Event: NewCallerid\r\nCallerIDName: " + half + b"\r\nExten: 100\r\n\r\n")
    assert message.get("CallerIDName") == "王小明在南岗\ufffd"
    assert message.value("CallerIDName") == half
    assert message.get("Exten") == "100"


def test_lone_line_feeds_and_mixed_blank_lines_end_a_frame() -> None:
    for end in (b"\n\n", b"\r\n\n", b"\n\r\n", b"\r\n\r\n"):
        names = [m.name for m in decode(b"Event: A\nX: 1" + end + b"Event: B\r\nX: 2" + end)]
        assert names == ["A", "B"]


def test_additional_blank_lines_are_not_malformed() -> None:
    decoder = AmiDecoder()
    messages = decode(event("A") + b"\n" + event("B") + b"\r\n\r\n\r\n" + event("C"), decoder=decoder)
    assert [m.name for m in messages] == ["A", "B", "C"]
    assert decoder.counts.malformed == 0


def test_repeated_headers_are_kept_in_order() -> None:
    [message] = decode(b"Event: X\r\nChanVariable: a=1\r\nOther: 0\r\nChanVariable: b=2\r\n\r\n")
    assert message.get("ChanVariable") == "a=1"
    assert message.getlist("ChanVariable") == ["a=1", "b=2"]


def test_header_names_are_found_in_any_capitalisation() -> None:
    [message] = decode(event("X", UniqueID="5", LinkedID="6"))
    assert message.get("Uniqueid") == "5"
    assert message.getlist("linkedid") == ["6"]
    assert "Nothing" not in message


def test_a_value_keeps_its_own_blanks_and_colons() -> None:
    [message] = decode(b"Event: X\r\nA:  two: blanks \r\nB:none\r\nC: \r\n\r\n")
    assert message.get("A") == " two: blanks "
    assert message.get("B") == "none"
    assert message.get("C", "default") == ""


def test_output_lines_of_a_command_are_collected() -> None:
    [message] = decode(b"Response: Success\r\nOutput: one\r\nOutput: \r\nOutput: Event: two\r\n\r\n")
    assert isinstance(message, AmiResponse)
    assert message.output == ["one", "", "Event: two"]


def test_merged_frames_are_cut_at_the_next_beginning() -> None:
    decoder = AmiDecoder()
    merged = event("Newstate", Channel="a").removesuffix(b"\r\n") + event("Hangup", Channel="b")
    messages = decode(merged, decoder=decoder)
    assert [(m.name, m.get("Channel")) for m in messages] == [("Newstate", "a"), ("Hangup", "b")]
    assert decoder.counts.resynchronised == 1


def test_a_response_that_interrupts_an_event_is_found() -> None:
    decoder = AmiDecoder()
    messages = decode(b"Event: Newstate\r\nChannel: a\r\n" + response("Success", "id-1"), decoder=decoder)
    assert [type(m) for m in messages] == [AmiEvent, AmiResponse]
    assert messages[1].get("ActionID") == "id-1"
    assert decoder.counts.resynchronised == 1


def test_a_torn_beginning_is_dropped_and_counted() -> None:
    decoder = AmiDecoder()
    messages = decode(b"ueid: 1.2\r\nExten: 100\r\n\r\n" + event("Hangup"), decoder=decoder)
    assert [m.name for m in messages] == ["Hangup"]
    assert decoder.counts.malformed == 1


def test_the_word_event_inside_a_value_misleads_nobody() -> None:
    decoder = AmiDecoder()
    [message] = decode(event("Newexten", AppData="Event: Hangup", Note="Response: Error"), decoder=decoder)
    assert message.name == "Newexten"
    assert message.get("AppData") == "Event: Hangup"
    assert decoder.counts.resynchronised == 0


def test_originate_response_keeps_its_own_response_header() -> None:
    decoder = AmiDecoder()
    frame = event("OriginateResponse", ActionID="a-1", Response="Failure", Channel="PJSIP/8001", Reason="3")
    [message] = decode(frame, decoder=decoder)
    assert message.get("Response") == "Failure"
    assert message.get("Reason") == "3"
    assert decoder.counts.resynchronised == 0


def test_a_real_response_inside_a_torn_originate_response_is_still_found() -> None:
    messages = decode(b"Event: OriginateResponse\r\nActionID: a-1\r\n" + response("Success", "b-2"))
    assert [type(m) for m in messages] == [AmiEvent, AmiResponse]


def test_unwanted_events_are_dropped_by_name_but_not_what_is_merged_into_them() -> None:
    decoder = AmiDecoder(unwanted={"VarSet"})
    merged = event("VarSet", Value="x").removesuffix(b"\r\n") + event("Hangup")
    messages = decode(event("VarSet", Value="x"), event("Newstate"), merged, decoder=decoder)
    assert [m.name for m in messages] == ["Newstate", "Hangup"]
    assert decoder.counts.ignored == 2


def test_oversize_is_counted_and_skipped_and_the_loop_goes_on() -> None:
    limits = DecoderLimits(message=2000, line=500, headers=50)
    too_big = event("Big", A="x" * 400, B="x" * 400, C="x" * 400, D="x" * 400, E="x" * 400)
    long_line = event("Long", A="x" * 600)
    many = event("Many", **{f"H{i}": "" for i in range(60)})
    for frame in (too_big, long_line, many):
        for step in (1, 7, len(frame)):
            decoder = AmiDecoder(limits=limits)
            pieces = [frame[i : i + step] for i in range(0, len(frame), step)]
            messages = decode(*pieces, event("After"), decoder=decoder)
            assert [m.name for m in messages] == ["After"]
            assert decoder.counts.oversize == 1


def test_a_message_of_exactly_the_limit_is_read_and_one_byte_more_is_not() -> None:
    frame = event("Fits", A="x" * 30, B="y" * 30)
    size = len(frame.replace(b"\r\n", b"\n").removesuffix(b"\n\n"))
    for step in (1, 5, len(frame)):
        pieces = [frame[i : i + step] for i in range(0, len(frame), step)]
        assert [m.name for m in decode(*pieces, decoder=AmiDecoder(limits=DecoderLimits(message=size)))] == [
            "Fits"
        ]
        assert decode(*pieces, decoder=AmiDecoder(limits=DecoderLimits(message=size - 1))) == []


def test_endless_bytes_without_a_blank_line_do_not_grow_memory() -> None:
    decoder = AmiDecoder(limits=DecoderLimits(message=4096))
    decode(*[b"Event: X\r\n" + b"a: b\r\n" * 500] * 100, decoder=decoder)
    assert len(decoder._tail) <= 4097
    assert [m.name for m in decoder.feed(b"\r\n\r\n" + event("After"))] == ["After"]


def test_a_flood_of_invented_event_names_does_not_grow_memory() -> None:
    decoder = AmiDecoder()
    decode(*(event(f"E{i}") for i in range(5000)), decoder=decoder)
    assert len(decoder._names) <= 2048


def test_a_message_does_not_show_its_headers_in_its_repr() -> None:
    [message] = decode(event("NewCallerid", CallerIDNum="13800138000"))
    assert "13800138000" not in repr(message)


FRAGMENTS = st.sampled_from(
    [
        b"Event: Newchannel\r\n",
        b"Event: OriginateResponse\r\n",
        b"Response: Success\r\n",
        b"Response: Failure\n",
        b"ActionID: a-1\r\n",
        b"Channel: PJSIP/1\r\n",
        "CallerIDName: 王小明\r\n".encode(),
        "王".encode()[:2],
        b"Event:",
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\n\n",
        BANNER,
        b"x" * 40,
    ]
)
STREAMS = st.lists(st.one_of(FRAGMENTS, st.binary(max_size=12)), max_size=40).map(b"".join)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(position % (len(data) + 1) for position in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def seen(messages: list[AmiPacket]) -> list[tuple[type, str, bytes]]:
    return [(type(message), message.name, message.raw) for message in messages]


@given(STREAMS, st.lists(st.integers(0, 2000), max_size=12))
def test_any_split_of_any_bytes_gives_what_the_whole_gives(data: bytes, cuts: list[int]) -> None:
    limits = DecoderLimits(message=90, line=45, headers=6)
    whole, pieces = AmiDecoder(limits=limits), AmiDecoder(limits=limits)
    expected = whole.feed(data)
    found = [message for piece in cut(data, cuts) for message in pieces.feed(piece)]
    assert seen(found) == seen(expected)
    for message in found:
        message.headers()
        message.get("CallerIDName")
    counts, other = whole.counts, pieces.counts
    assert counts == other
    assert counts.events == sum(isinstance(m, AmiEvent) for m in found)
    assert counts.responses == sum(isinstance(m, AmiResponse) for m in found)


@given(STREAMS)
def test_after_any_bytes_the_next_whole_frame_is_read(data: bytes) -> None:
    decoder = AmiDecoder()
    decoder.feed(BANNER + data)
    after = decoder.feed(b"\r\n\r\n" + event("Marker", Channel="end"))
    assert (after[-1].name, after[-1].get("Channel")) == ("Marker", "end")
