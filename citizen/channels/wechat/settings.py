"""Settings of the WeChat channel."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from citizen.channels.wechat.staff.settings import WeChatStaffSettings
from core.models import StrictSettings
from core.secret import GivenSecret

API: Final = "https://api.weixin.qq.com"


def _is_aes_key(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not re.fullmatch(r"[A-Za-z0-9+/]{43}", text):  # 32 bytes in base64, without its last sign
        raise ValueError("an EncodingAESKey has 43 letters and digits: copy it from the platform")
    return secret


AesKey = Annotated[SecretStr, AfterValidator(_is_aes_key)]


class WeChatTemplate(StrictSettings):
    """A template message, for steps that come after the 48 hours in which an account may write freely. The
    fields are named as the platform names them in the template.
    """

    id: str = Field(min_length=1, max_length=64)
    number_field: str = Field(default="character_string1", max_length=32)
    step_field: str = Field(default="phrase2", max_length=32)


class WeChatSettings(StrictSettings):
    enabled: bool = Field(default=False, description="answer the platform at /api/citizen/wechat")
    app_id: str = Field(default="", max_length=64, description="AppID of the official account")
    app_secret: GivenSecret | None = Field(default=None, description="AppSecret: asks for the access token")
    token: GivenSecret | None = Field(default=None, description="Token of the server configuration")
    encoding_aes_key: AesKey | None = Field(
        default=None, description="EncodingAESKey; needed unless `encrypted` is false"
    )
    encrypted: bool = Field(
        default=True, description="take encrypted messages alone; plain ones prove their sender worse"
    )
    api: str = Field(default=API, description="address of the platform's interface")
    hotline: str = Field(default="12319", max_length=20, description="number that people are told to call")
    language: Literal["zh", "en"] = "zh"
    messages_per_person_hour: int = Field(default=120, ge=5, le=10_000)
    messages_per_hour: int = Field(default=20_000, ge=10, le=10_000_000, description="of all together")
    reports_per_person_day: int = Field(default=10, ge=1, le=1000)
    dialogue_h: float = Field(
        default=2.0, gt=0, le=24, description="an unfinished report is forgotten after so many hours"
    )
    template: WeChatTemplate | None = None
    staff: WeChatStaffSettings = WeChatStaffSettings()

    @field_validator("api")
    @classmethod
    def _https(cls, address: str) -> str:
        local = re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$", address.rstrip("/"))
        if not address.startswith("https://") and not local:
            raise ValueError("give an https address: the secret of the account goes there")
        return address.rstrip("/")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.enabled:
            return self
        missing = [
            name
            for name, given in (
                ("app_id", self.app_id),
                ("app_secret", self.app_secret),
                ("token", self.token),
                ("encoding_aes_key", self.encoding_aes_key or not self.encrypted),
            )
            if not given
        ]
        if self.staff.enabled and not self.encrypted:
            raise ValueError(
                "staff: the signature of a plain message does not cover its words, so nobody could trust what"
                " staff write; choose the safe mode (安全模式), set encoding_aes_key and leave out"
                " encrypted = false, or switch staff off"
            )
        if missing:
            raise ValueError(
                f"{', '.join(missing)}: missing, and wechat is enabled; copy them from the account's page"
                " on mp.weixin.qq.com"
            )
        return self
