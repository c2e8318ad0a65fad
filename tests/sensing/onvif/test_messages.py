"""Messages of ONVIF: any bytes are read or refused, and what a device names leads nowhere but to itself."""

from __future__ import annotations

import contextlib
from base64 import b64decode
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensing.asking.auth import CameraLogin
from sensing.asking.target import CameraTarget, named_by
from sensing.errors import CameraFault, NoPicture
from sensing.onvif import probe
from sensing.onvif.messages import (
    GET_CLOCK,
    OnvifProfile,
    chosen,
    clock_of,
    goto_preset,
    identity_of,
    presets_of,
    profiles_of,
    scopes_of,
    services_of,
    turning,
    uri_of,
)
from sensing.onvif.soap import MOST_BYTES, NotSoap, SoapFault, body_of, envelope, parts_of
from sensing.onvif.token import username_token
from tests.peers.simulated_onvif_camera import BOMB

CAMERA = CameraTarget("onvif://10.1.2.3", "onvif", "10.1.2.3", "10.1.2.3", 80, "/onvif/device_service")
NAMES = [
    "Body", "Fault", "Code", "Value", "Reason", "Text", "SystemDateAndTime", "UTCDateTime", "Date", "Year",
    "Time", "Hour", "Profiles", "MediaUri", "Uri", "VideoEncoderConfiguration", "Resolution", "Width",
    "Preset", "Name", "Capabilities", "Media", "XAddr", "ProbeMatches", "ProbeMatch", "XAddrs", "Header",
    "RelatesTo",
]  # fmt: skip
ELEMENTS = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_characters="<&"), max_size=12),
    lambda inner: st.builds(
        lambda name, token, parts: f'<{name} token="{token}">{"".join(parts)}</{name}>',
        st.sampled_from(NAMES), st.sampled_from(["", "1", "é" * 90]), st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)  # fmt: skip
ANYTHING = st.one_of(
    st.binary(max_size=300),
    ELEMENTS.map(envelope),
    ELEMENTS.map(lambda text: f"<Envelope><Header/><Body>{text}</Body></Envelope>".encode()),
    st.sampled_from([
        b"", b"<", b"<a/>", b"\xef\xbb\xbf<a/>", b"<?xml version='1.0' encoding='utf-16'?><a/>",
        BOMB.encode(),
    ]),
)  # fmt: skip


@given(ANYTHING)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(NotSoap, SoapFault):
        _, body = parts_of(data)
        clock_of(body)
        identity_of(body)
        services_of(body)
        shown = chosen(profiles_of(body))
        assert shown is None or shown.token
        assert all(one.token and one.name for one in presets_of(body))
        uri_of(body)
    with contextlib.suppress(NotSoap, SoapFault):
        probe.answer_of(data)


@pytest.mark.parametrize(
    "data",
    [BOMB.encode(), b"<!doctype a><a/>", b"<a>" * 40 + b"</a>" * 40, b"<a>" + b"<b/>" * 20_001 + b"</a>",
     b" " * (MOST_BYTES + 1), b"<Envelope><Body/></Envelope>", b"<Envelope><Body>&d;</Body></Envelope>"],
    ids=["bomb", "doctype", "deep", "long", "large", "empty", "entity"],
)  # fmt: skip
def test_bombs_are_refused_before_they_are_read(data: bytes) -> None:
    with pytest.raises(NotSoap):
        parts_of(data)


def test_a_token_is_that_of_the_programmers_guide() -> None:
    """The example of the ONVIF Application Programmer's Guide 1.0, 6.1.1.3."""
    made = username_token(
        CameraLogin("us<er", "userpassword"), datetime(2010, 9, 16, 7, 50, 45, tzinfo=UTC),
        b64decode("LKqI6G/AikKCQrN0zqZFlg=="),
    )  # fmt: skip
    assert "tuOSpGlFlIXsozq4HFNeeGeFLEI=" in made
    assert "2010-09-16T07:50:45Z" in made
    assert "us&lt;er" in made
    assert "userpassword" not in made


def test_a_question_holds_what_a_device_named_as_data() -> None:
    body = envelope(goto_preset("a<b", '1</q:PresetToken><q:Reboot x="').body)
    _, question = parts_of(body)
    assert [one.text for one in question] == ["a<b", '1</q:PresetToken><q:Reboot x="']


@pytest.mark.parametrize(
    ("date", "right"),
    [("2026-2-28", True), ("2026-2-30", False), ("0-1-1", False), ("x-1-1", False)],
)
def test_a_clock_that_cannot_be_is_none(date: str, *, right: bool) -> None:
    year, month, day = date.split("-")
    time = "<Time><Hour>7</Hour><Minute>8</Minute><Second>60</Second></Time>"
    dated = f"<Date><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></Date>"
    said = f"<A><SystemDateAndTime><UTCDateTime>{time}{dated}</UTCDateTime></SystemDateAndTime></A>"
    found = clock_of(body_of(envelope(said), "A"))
    assert (found is not None) is right


def test_a_refusal_says_whether_it_is_for_the_password() -> None:
    for code, words, unauthorised in (
        ("ter:NotAuthorized", "", True), ("wsse:FailedAuthentication", "", True),
        ("ter:NoProfile", "", False), ("", "Sender not Authorized", True), ("\x7f evil\n", "", False),
    ):  # fmt: skip
        fault = (
            f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{code}</s:Value></s:Subcode></s:Code>"
            f"<s:Reason><s:Text>{words}</s:Text></s:Reason></s:Fault>"
        )
        with pytest.raises(SoapFault) as refused:
            body_of(envelope(fault), GET_CLOCK.answer)
        assert refused.value.unauthorised is unauthorised
        assert refused.value.code in {"NotAuthorized", "FailedAuthentication", "NoProfile", "evil", ""}


def test_a_camera_of_a_recorder_is_turned_by_a_profile_of_its_own() -> None:
    still = OnvifProfile("a", source="1", codec="JPEG")
    turns = OnvifProfile("b", source="2", codec="H264", turns=True)
    sub = OnvifProfile("c", source="2", codec="H264")
    profiles = [still, turns, sub]
    assert chosen(profiles) is turns
    assert chosen(profiles, "a") is still
    assert chosen(profiles, "none") is None
    assert turning(profiles, sub) is turns
    assert turning(profiles, still) is None


@given(
    st.one_of(
        st.text(max_size=80),
        st.builds(
            lambda scheme, user, host, rest: f"{scheme}://{user}{host}{rest}",
            st.sampled_from(["rtsp", "http", "https", "file", "onvif", "gopher"]),
            st.sampled_from(["", "admin:x@", "10.1.2.3@", "10.1.2.3:80@"]),
            st.sampled_from(
                ["10.1.2.3", "127.0.0.1", "[::1]", "10.1.2.3.example", "0x7f000001", "10.1.2.3\\@h"]
            ),
            st.text(max_size=20),
        ),
    )
)  # fmt: skip
def test_whatever_a_camera_names_only_itself_is_asked(url: str) -> None:
    try:
        found = named_by(CAMERA, url, {"rtsp", "http"})
    except NoPicture as error:
        assert error.fault in {CameraFault.BROKEN, CameraFault.REDIRECTS}  # noqa: PT017  # any other is one too many
    else:
        assert found.ip == "10.1.2.3"
        assert found.scheme in {"rtsp", "http"}
        assert not any(one <= " " for one in found.url + found.path)
        assert urlsplit(found.url).username is None


def test_an_answer_to_a_probe_says_where_and_whose() -> None:
    place = "onvif://www.onvif.org"
    said = scopes_of(f"{place}/Name/%E5%8D%97 {place}/hardware/A_1 junk onvif://x/")
    assert said == {"name": "南", "hardware": "A 1"}
    with pytest.raises(NotSoap):
        probe.answer_of(probe.probe("11111111-1111-4111-8111-111111111111"))
