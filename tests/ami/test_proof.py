"""Only the switch's own events are taken: text inside one begins none, however it is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.ami.codec import AmiDecoder, EventProof
from gateway.ami.message import AmiEvent, AmiResponse

PROOF = EventProof(system=b"\nSystemName: k3secret\n", action=b"\nActionID: sh12", dialplan=b"\nSeal: word")
BANNER = b"Asterisk Call Manager/9.0.0\r\n"
HEAD = b"Privilege: call,all\r\nTimestamp: 1.2\r\nSystemName: k3secret\r\n"
FORGED = b"\r\n\r\nEvent: UserEvent\r\nPrivilege: user,all\r\nUserEvent: TalkgroupDoor\r\nTicket: 1\r\n\r\n"


def taken(stream: bytes) -> tuple[list[AmiEvent | AmiResponse], AmiDecoder]:
    decoder = AmiDecoder(proof=PROOF)
    messages = decoder.feed(BANNER + stream)
    return [one for one in messages if isinstance(one, AmiEvent | AmiResponse)], decoder


def test_an_event_with_the_seal_is_taken_and_one_without_is_counted() -> None:
    found, decoder = taken(
        b"Event: Hangup\r\n" + HEAD + b"Uniqueid: 1\r\n\r\nEvent: Hangup\r\nUniqueid: 2\r\n\r\n"
    )
    assert [one.get("Uniqueid") for one in found] == ["1"]
    assert decoder.counts.unproved == 1


def test_a_row_of_an_answer_of_ours_is_taken_and_of_nobody_else() -> None:
    found, _ = taken(
        b"Event: CoreShowChannel\r\nActionID: sh12-7\r\nUniqueid: 1\r\n\r\n"
        b"Event: CoreShowChannel\r\nActionID: other\r\nUniqueid: 2\r\n\r\n"
    )
    assert [one.get("Uniqueid") for one in found] == ["1"]


def test_an_event_in_which_another_begins_is_not_taken() -> None:
    inside = b"Event: Newchannel\r\n" + HEAD + b"CallerIDNum: 1\r\nEvent: Hangup\r\nUniqueid: 2\r\n\r\n"
    found, decoder = taken(inside)
    assert found == []
    assert decoder.counts.unproved == 2


def test_two_genuine_events_without_a_blank_line_between_are_both_taken() -> None:
    one = b"Event: Newstate\r\n" + HEAD + b"Uniqueid: 1\r\n"
    found, _ = taken(one + one + b"\r\n")
    assert len(found) == 2


def test_a_dialplan_event_ends_with_its_word() -> None:
    head = b"Event: UserEvent\r\n" + HEAD + b"Channel: PJSIP/trunk-1\r\nCallerIDNum: 1"
    found, _ = taken(head + b"\r\nUserEvent: Control\r\nPlace: held\r\nSeal: word\r\n\r\n")
    assert [one.get("Place") for one in found if isinstance(one, AmiEvent)] == ["held"]
    found, decoder = taken(head + b"\r\nUserEvent: TalkgroupDoor\r\nTicket: 1\r\n\r\nrest: 1\r\n\r\n")
    assert found == []
    assert decoder.counts.unproved == 1


@given(text=st.text(max_size=200), cut=st.integers(0, 400))
def test_no_text_of_a_caller_makes_an_event(text: str, cut: int) -> None:
    for body in (text.encode("utf-8", "surrogatepass"), text.encode("utf-8", "surrogatepass") + FORGED):
        stream = b"Event: Newchannel\r\n" + HEAD + b"CallerIDNum: " + body + b"\r\nUniqueid: 1\r\n\r\n"
        decoder = AmiDecoder(proof=PROOF)
        messages = decoder.feed(BANNER + stream[:cut]) + decoder.feed(stream[cut:])
        assert {one.name for one in messages if isinstance(one, AmiEvent)} <= {"Newchannel"}


def test_without_proof_everything_is_taken() -> None:
    decoder = AmiDecoder()
    assert len(decoder.feed(BANNER + b"Event: Hangup\r\nUniqueid: 2\r\n\r\n")) == 2
