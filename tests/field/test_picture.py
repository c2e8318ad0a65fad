"""What a picture is, its bytes decide; where it was taken is read, and is not in what people are shown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field.photos.centre.picture import bare, look
from field.photos.model import MOST_BYTES
from tests.field.pictures import PLACE, TAKEN, exif, jpeg, png

PICTURES = [jpeg(), jpeg(noise=5000), jpeg(noise=300, scans=4), png()]


@pytest.mark.parametrize(
    ("data", "kind", "size"), [(jpeg(), "image/jpeg", (640, 480)), (png(), "image/png", (4, 3))]
)
def test_a_picture_says_its_kind_its_size_where_and_when(
    data: bytes, kind: str, size: tuple[int, int]
) -> None:
    found = look(data)
    assert found is not None
    assert (found.kind, (found.width, found.height), found.taken) == (kind, size, TAKEN)
    assert found.lon == pytest.approx(PLACE[0], abs=1e-6)
    assert found.lat == pytest.approx(PLACE[1], abs=1e-6)


@pytest.mark.parametrize("data", PICTURES)
def test_what_people_are_shown_is_the_same_picture_and_says_nothing_of_its_making(data: bytes) -> None:
    shown = bare(data)
    found, before = look(shown), look(data)
    assert found is not None
    assert before is not None
    assert (found.kind, found.width, found.height) == (before.kind, before.width, before.height)
    assert (found.lon, found.lat, found.taken) == (None, None, "")
    for words in (b"Exif", b"eXIf", b"Zhang", b"2026:11:25"):
        assert words not in shown
    assert bare(shown) == shown


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_picture_stays_as_it_is_to_be_turned(turned: int) -> None:
    """A phone that was held upright writes the picture lying, and says so."""
    shown = bare(jpeg(tiff=exif(turned=turned)))
    found = look(shown)
    assert found is not None
    assert (found.orientation, found.lon, found.taken) == (turned, None, "")
    assert (b"Exif" in shown) == (turned != 1)


def test_a_phone_that_did_not_know_where_it_was_still_says_when_and_how_it_was_held() -> None:
    whole = exif(turned=6)
    place = whole.index((3).to_bytes(2, "big") + b"\0\x02\0\0\0\x02")
    nowhere = whole[: place + 16] + bytes(len(whole) - place - 16)
    for tiff in (nowhere, whole[: place + 4]):
        found = look(jpeg(tiff=tiff))
        assert found is not None
        assert (found.orientation, found.lon, found.lat, found.taken) == (6, None, None, TAKEN)


def test_pictures_that_are_only_work_for_who_opens_them_are_none() -> None:
    assert look(jpeg(scans=100)) is not None
    assert look(jpeg(scans=101)) is None


@pytest.mark.parametrize("many", [b"\xff", b"\xff\x00", b"\xff\xd0", b"\xff\x01", b"\xff\xfe\x00\x02"])
def test_the_longest_odd_pictures_are_looked_at_in_a_moment(many: bytes) -> None:
    """16 MiB, made so that each byte is worth a look."""
    head = jpeg(noise=50).partition(b"\xff\xd9")[0]
    odd = head + many * ((MOST_BYTES - len(head)) // len(many))
    began = time.process_time()
    assert look(odd) is None
    look(odd + b"\xff\xd9")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\xd8", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"%PDF-1.7", b"MZ" * 100,
        jpeg()[:40],
        png()[:30], png()[:-8], b"\xff\xd8\xff\xd9", b"\xff\xd8<script>alert(1)</script>\xff\xd9",
    ],
)  # fmt: skip
def test_what_is_no_picture_is_none_whatever_it_is_called(data: bytes) -> None:
    assert look(data) is None


@given(st.binary(max_size=600))
def test_any_bytes_are_looked_at(data: bytes) -> None:
    assert look(data) is None or bare(data)
    look(b"\xff\xd8" + data)
    look(b"\x89PNG\r\n\x1a\n" + data)


@given(st.sampled_from(PICTURES), st.integers(0, 5000), st.integers(0, 255), st.integers(0, 5000))
def test_a_picture_with_any_byte_changed_or_cut_anywhere_does_no_harm(
    data: bytes, at: int, byte: int, cut: int
) -> None:
    changed = bytearray(data)
    changed[at % len(data)] = byte
    for one in (bytes(changed), data[: cut % len(data)]):
        if look(one) is not None:
            again = look(bare(one))
            assert again is None or again.lon is None


@given(st.binary(max_size=300), st.integers(0, 300), st.binary(max_size=8))
def test_any_exif_is_a_place_or_none(random: bytes, at: int, patch: bytes) -> None:
    real = exif()
    for tiff in (random, b"MM\0\x2a" + random, real[:at] + patch + real[at + len(patch) :]):
        found = look(jpeg(tiff=tiff))
        assert found is not None
        assert (found.lon is None) == (found.lat is None)
        assert found.lon is None or (-180 <= found.lon <= 180)
