"""A TURN server's credentials that end by themselves, as coturn's `use-auth-secret` checks them.

The name is the moment of the end and who it is for, the password an HMAC-SHA1 of the name
(draft-uberti-behave-turn-rest-00): whoever sees one has it for hours and not for ever.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from core.secret import OwnSecret


class TurnSettings(BaseModel):
    """Where browsers find a TURN server, and the secret that it shares with us."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    urls: tuple[str, ...] = Field(
        min_length=1, max_length=8, description="turns:HOST:PORT?transport=tcp, turn:…"
    )
    secret: OwnSecret = Field(description="static-auth-secret of coturn")
    lasts_s: int = Field(default=86_400, ge=600, le=7 * 86_400, description="so long a credential is valid")


class IceServer(BaseModel):
    """As `RTCPeerConnection` takes it."""

    urls: list[str]
    username: str
    credential: str


def servers(turn: TurnSettings | None, user: str, now: datetime) -> list[IceServer]:
    """For one person; none without a server. Its log shows `user`."""
    if turn is None:
        return []
    name = f"{int((now + timedelta(seconds=turn.lasts_s)).timestamp())}:{user}"
    proof = hmac.digest(turn.secret.get_secret_value().encode(), name.encode(), "sha1")
    return [IceServer(urls=list(turn.urls), username=name, credential=base64.b64encode(proof).decode())]
