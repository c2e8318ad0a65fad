"""The errors of this channel."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Forbidden, Invalid, Unavailable


class WeChatUnproved(Forbidden):
    """Signature, time, nonce or AppID is not that of the platform."""

    kind: ClassVar[str] = "wechat-unproved"
    title: ClassVar[str] = "The message does not prove that it comes from WeChat"


class WeChatMalformed(Invalid):
    kind: ClassVar[str] = "wechat-malformed"
    title: ClassVar[str] = "The message is none of WeChat's"


class WeChatAway(Unavailable):
    """The platform did not answer, or asks to try later."""

    kind: ClassVar[str] = "wechat-away"
    title: ClassVar[str] = "WeChat does not answer"


class WeChatTooLong(Invalid):
    """What the platform sent is larger than was asked for."""

    kind: ClassVar[str] = "wechat-too-long"
    title: ClassVar[str] = "What WeChat sent is too large"


class WeChatRefused(Invalid):
    """The platform refuses the request for good; `code` is its errcode."""

    kind: ClassVar[str] = "wechat-refused"
    title: ClassVar[str] = "WeChat refuses the request"

    def __init__(self, code: int) -> None:
        super().__init__(f"errcode {code}", remedy="see the platform's list of return codes", code=code)
        self.code = code
