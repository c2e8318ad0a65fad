"""What cameras and change patches can be refused for."""

from __future__ import annotations

from enum import StrEnum

from core.errors import Conflict, Invalid, NotFound, SonghuaError, Unavailable


class NoSuchCamera(NotFound):
    """Also said of a camera that is not for the one who asks."""

    kind = "no-such-camera"
    title = "There is no such camera"


class NoSuchSnapshot(NotFound):
    kind = "no-such-snapshot"
    title = "There is no such picture of a camera"


class PairReversed(Conflict):
    """The picture before the work has to be older than the one after it."""

    kind = "pair-reversed"
    title = "The picture before is not older than the picture after"


class CamerasBusy(Unavailable):
    kind = "cameras-busy"
    title = "Too many pictures are being taken"


class NoSuchPatch(NotFound):
    kind = "no-such-patch"
    title = "There is no such change patch"


class NoSuchPatchImport(NotFound):
    kind = "no-such-patch-import"
    title = "There is no such import of change patches"


class PatchesBeingVerified(Conflict):
    kind = "patches-being-verified"
    title = "An inspector looks at patches of this beat already"


class NoPatchesToRelease(Conflict):
    kind = "no-patches-to-release"
    title = "No patch of this beat waits"


class NoSuchLiveView(NotFound):
    """Also said of one that has ended, and of another person's."""

    kind = "no-such-live-view"
    title = "There is no such live view, or it has ended"


class NoPresets(Conflict):
    """It is no turning camera that is asked by ONVIF."""

    kind = "no-presets"
    title = "This camera has no presets"


class NoCameraRecordings(Conflict):
    kind = "no-camera-recordings"
    title = "Recordings of this camera are not read"


class NoSuchClip(NotFound):
    """Also said of one that is not kept yet, and of one that was erased."""

    kind = "no-such-clip"
    title = "There is no such clip"


class PictureNotAwaited(NotFound):
    """A camera brings a picture that was not asked for, once more, or that is none."""

    kind = "picture-not-awaited"
    title = "This picture is not awaited"


class NotSteerable(Conflict):
    """It is no turning camera that is asked by ONVIF or GB/T 28181."""

    kind = "not-steerable"
    title = "This camera is not moved by hand"


class MoveEnded(Conflict):
    """By its operator, by time, or by another move."""

    kind = "move-ended"
    title = "The camera's move is over"


class NoSuchPreset(NotFound):
    kind = "no-such-preset"
    title = "The camera has no such preset"


class CameraSteered(Conflict):
    """`by` steers it for `seconds` more."""

    kind = "camera-steered"
    title = "Somebody else steers this camera"


class TooManyLiveViews(Unavailable):
    kind = "too-many-live-views"
    title = "Too many cameras are seen live"


class RangeRefused(Invalid):
    """No address was asked."""

    kind = "range-refused"
    title = "These addresses are not asked for cameras"


class CameraFault(StrEnum):
    """Why a camera gives no picture."""

    NO_ADDRESS = "no-address"
    NOT_ALLOWED = "not-allowed"
    AWAY = "away"
    SLOW = "slow"
    UNAUTHORISED = "unauthorised"
    REDIRECTS = "redirects"
    TOO_LARGE = "too-large"
    REFUSED = "refused"
    BROKEN = "broken"
    CODEC = "codec"
    NO_DECODER = "no-decoder"


REMEDIES = {
    CameraFault.NO_ADDRESS: "import its address: songhua cameras import",
    CameraFault.NOT_ALLOWED: "name its network in [sensing] networks",
    CameraFault.AWAY: "is it switched on, and is its network reached?",
    CameraFault.SLOW: "try again; or take another camera",
    CameraFault.UNAUTHORISED: "see its account in [sensing.accounts]",
    CameraFault.REDIRECTS: "import the address that it names, if that is right",
    CameraFault.TOO_LARGE: "let it send smaller pictures",
    CameraFault.REFUSED: "see the path of its address",
    CameraFault.BROKEN: "look at what it sends; or take another camera",
    CameraFault.CODEC: "set it to H.264 or H.265, or import the address of its snapshot",
    CameraFault.NO_DECODER: "install ffmpeg on the machine of the centre",
}


class NoPicture(SonghuaError):
    """A camera gave no picture; `why` is a `CameraFault`."""

    kind = "no-picture-from-camera"
    title = "The camera gives no picture"
    status = 502

    def __init__(self, fault: CameraFault, detail: str = "") -> None:
        super().__init__(detail or fault.value, remedy=REMEDIES[fault], why=fault.value)
        self.fault = fault


class CameraNotTurned(SonghuaError):
    """A camera did not turn or move as it was asked to; `why` is a `CameraFault`."""

    kind = "camera-not-turned"
    title = "The camera was not turned"
    status = 502

    def __init__(self, fault: CameraFault, detail: str = "") -> None:
        super().__init__(detail or fault.value, remedy=REMEDIES[fault], why=fault.value)
        self.fault = fault
