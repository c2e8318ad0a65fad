"""Which cameras see a place: the grid finds what a look at all finds, and angles mean what they say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.place import Position, distance_m
from sensing.cameras.index import CameraIndex
from sensing.cameras.model import CameraKind, RegisteredCamera, offset_m, sees

LON, LAT = 126.65, 45.75
NORTH_M = 1 / 111_195.08  # degrees of latitude


def camera(code: str = "c", **given: object) -> RegisteredCamera:
    return RegisteredCamera.model_validate({"code": code, "name": code, "lon": LON, "lat": LAT, **given})


def sees_at(one: RegisteredCamera, metres: float, bearing: float) -> bool:
    return sees(one, metres * math.sin(math.radians(bearing)), metres * math.cos(math.radians(bearing)))


@pytest.mark.parametrize(
    ("azimuth", "bearing", "seen"),
    [(0, 29, True), (0, 331, True), (0, 31, False), (350, 15, True), (350, 321, True), (350, 25, False),
     (180, 180, True), (180, 0, False), (360, 0, True), (90, 119.9, True), (90, 120.1, False)],
)  # fmt: skip
def test_a_fixed_camera_sees_within_half_its_angle_of_either_side(
    azimuth: float, bearing: float, seen: bool
) -> None:
    assert sees_at(camera(azimuth=azimuth, view_angle=60, far_m=100), 50, bearing) is seen


def test_a_camera_sees_from_near_to_far_and_ptz_all_around() -> None:
    fixed = camera(azimuth=90, near_m=10, far_m=100)
    assert [sees_at(fixed, metres, 90) for metres in (9, 11, 99, 101)] == [False, True, True, False]
    dome = camera(kind=CameraKind.PTZ, far_m=100)
    assert all(sees_at(dome, 99, bearing) for bearing in range(0, 360, 15))
    assert CameraIndex([dome]).seeing(LON, LAT)[0].metres == 0
    assert CameraIndex([camera(kind=CameraKind.PTZ, in_use=False)]).seeing(LON, LAT) == []


_NEAR = st.floats(-0.02, 0.02)
_CAMERAS = st.lists(
    st.builds(
        lambda east, north, azimuth, angle, far, ptz: {
            "lon": LON + east, "lat": LAT + north, "azimuth": azimuth, "view_angle": angle, "far_m": far,
            "kind": "ptz" if ptz else "fixed",
        },
        _NEAR, _NEAR, st.floats(0, 360), st.floats(1, 360), st.floats(1, 2_000), st.booleans(),
    ),
    max_size=30,
)  # fmt: skip


@given(_CAMERAS, _NEAR, _NEAR)
def test_the_grid_finds_what_a_look_at_all_finds_the_nearest_first(
    given_cameras: list[dict[str, object]], east: float, north: float
) -> None:
    cameras = [camera(f"c{number}", **one) for number, one in enumerate(given_cameras)]
    lon, lat = LON + east, LAT + north
    wanted = {one.code for one in cameras if sees(one, *offset_m(one, lon, lat))}
    found = CameraIndex(cameras).seeing(lon, lat)
    assert {one.camera.code for one in found} == wanted
    assert [one.metres for one in found] == sorted(one.metres for one in found)
    for one in found:
        true = distance_m(
            Position(lon=one.camera.lon, lat=one.camera.lat, accuracy_m=1),
            Position(lon=lon, lat=lat, accuracy_m=1),
        )
        assert one.metres == pytest.approx(true, rel=1e-5, abs=0.01)
