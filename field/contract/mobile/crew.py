"""What the crew of a mobile terminal says and hears beside its jobs: texts, photos, and the emergency alarm.

AsyncAPI is generated from these.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field

from field.contract.mobile.messages import MAX_SEQ, Line, Payload, TerminalFix, clean
from field.photos.model import MOST_BYTES
from field.texts.model import MOST_CHARACTERS

TEXT_EXPIRY_S = 86_400.0


class TextMessage(Payload):
    """`up/text` and `down/text`: words; `msg_id` is the text's id. `by` is who wrote it at the centre."""

    SCHEMA: ClassVar[str] = "unit.text/1"

    text: Annotated[str, Field(max_length=MOST_CHARACTERS), AfterValidator(clean), Field(min_length=1)]
    by: Line = ""


class TextReceipt(Payload):
    """`up/seen`: the text `of` has come to the terminal, or was on a visible screen."""

    SCHEMA: ClassVar[str] = "unit.seen/1"

    of: UUID
    step: Literal["delivered", "displayed"]


class EmergencyMessage(Payload):
    """`up/emergency`: the crew needs help. Said every 2 s with the same `alarm_id` until `down/cmd` says
    `acknowledge` for it; each time a message of its own, with the newest position.
    """

    SCHEMA: ClassVar[str] = "unit.emergency/1"

    alarm_id: UUID
    repeat: int = Field(default=1, ge=1, le=MAX_SEQ, description="how often it has been said, this one too")
    raised_at: AwareDatetime = Field(description="the terminal's clock when the button had been held")
    dispatch_id: UUID | None = Field(default=None, description="the job that the crew is on")
    fix: TerminalFix | None = None


class PhotoNotice(Payload):
    """`up/photo`: a photo that the terminal will bring over HTTP. Said again until it has been brought;
    answered by `down/cmd` `ticket`.
    """

    SCHEMA: ClassVar[str] = "unit.photo/1"

    photo_id: UUID
    size: int = Field(ge=1, le=MOST_BYTES, description="bytes")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    taken_at: AwareDatetime = Field(description="the terminal's clock")
    dispatch_id: UUID | None = None
    fix: TerminalFix | None = None


UP: dict[str, type[Payload]] = {
    "text": TextMessage, "seen": TextReceipt, "emergency": EmergencyMessage, "photo": PhotoNotice,
}  # fmt: skip
DOWN: dict[str, type[Payload]] = {"text": TextMessage}
