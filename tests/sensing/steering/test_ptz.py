"""The command by which a camera of GB/T 28181 moves: every velocity gives one that a device reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensing.gb28181.ptz import FASTEST, FASTEST_ZOOM, move_command
from sensing.onvif.messages import continuous_move
from sensing.steering.model import STANDING, CameraVelocity
from tests.peers.simulated_gb28181_camera import moved

SHARE = st.floats(-1, 1)


@pytest.mark.parametrize(
    ("velocity", "command"),
    [
        (STANDING, "A50F0100000000B5"),
        (CameraVelocity(pan=1), "A50F0101FF0000B5"),
        (CameraVelocity(pan=-1, tilt=1), "A50F010AFFFF00BD"),
        (CameraVelocity(tilt=-0.5), "A50F010400800039"),
        (CameraVelocity(zoom=1), "A50F01100000F0B5"),
    ],
)
def test_commands_are_those_of_the_standard(velocity: CameraVelocity, command: str) -> None:
    assert move_command(velocity) == command


@given(st.builds(CameraVelocity, SHARE, SHARE, SHARE))
def test_a_device_reads_what_is_meant(velocity: CameraVelocity) -> None:
    said = moved(move_command(velocity))
    if velocity.stands:
        assert said == "stop"
        return
    fastest = (FASTEST, FASTEST, FASTEST_ZOOM)
    for step, share, most in zip(
        said.split(), (velocity.pan, velocity.tilt, velocity.zoom), fastest, strict=True
    ):
        assert (int(step) > 0, int(step) < 0) == (share > 0, share < 0)
        assert abs(abs(int(step)) - abs(share) * most) <= 1


@given(SHARE, SHARE, SHARE)
def test_an_axis_that_stands_is_not_named_to_a_camera_of_onvif(pan: float, tilt: float, zoom: float) -> None:
    body = continuous_move("p<1", pan, tilt, zoom, 10).body
    assert ("PanTilt" in body, "Zoom" in body) == (bool(pan or tilt), bool(zoom))
    assert "p&lt;1" in body
    assert "PT10S" in body
