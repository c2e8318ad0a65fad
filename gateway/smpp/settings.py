"""Settings of the SMSC account that text messages are sent and taken by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr

from core.models import StrictSettings
from core.secret import GivenSecret
from gateway.smpp.parts import LongMessages

LONGEST_PASSWORD: Final = 8
"""Of the bind, SMPP 3.4, section 5.2.2."""


def _fits(password: SecretStr) -> SecretStr:
    said = password.get_secret_value()
    if len(said) > LONGEST_PASSWORD or any(not " " <= sign <= "~" for sign in said):
        raise ValueError(f"a password of SMPP has {LONGEST_PASSWORD} ASCII characters at most")
    return password


class SmsSettings(StrictSettings):
    """The password is `password`, `password_file`, or the credential `songhua.sms.password`."""

    host: str = Field(min_length=1, description="the SMSC, or the carrier's gateway")
    port: int = Field(default=2775, ge=1, le=65535)
    security: Literal["tls", "none"] = Field(
        default="tls", description="none only on a private line: SMPP itself encrypts nothing"
    )
    ca_file: Path | None = Field(default=None, description="trust this authority (PEM) and no other")
    system_id: Annotated[str, Field(min_length=1, max_length=15, pattern=r"^[\x21-\x7e]+$")]
    password: Annotated[GivenSecret, AfterValidator(_fits)] = SecretStr("")
    system_type: Annotated[str, Field(max_length=12, pattern=r"^[\x21-\x7e]*$")] = ""
    number: str = Field(pattern=r"^[0-9]{3,20}$", description="the centre's number for text messages")
    window: int = Field(default=20, ge=1, le=500, description="messages that wait for an answer at once")
    per_s: float = Field(default=100.0, gt=0, le=10_000, description="messages a second, by the contract")
    long_messages: LongMessages = Field(
        default="udh", description="how a text of several messages goes: udh, sar or payload"
    )
    receipt_ids: Literal["same", "decimal"] = Field(
        default="same", description="decimal: receipts say in decimal the id that the answer had in hex"
    )
    answer_s: float = Field(default=15.0, gt=0, le=120, description="without an answer the link is ended")
    enquire_link_s: float = Field(default=30.0, ge=1, le=600, description="silence after which it is tested")
    retry_s: float = Field(default=60.0, ge=0.1, le=600, description="longest wait for the next attempt")
