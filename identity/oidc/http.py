"""Routes of sign-in through the OpenID provider: redirects for a browser that end at the desk.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from core.errors import SonghuaError
from core.routes import RoomRouter
from identity.errors import SecondFactorNeeded
from identity.http import CurrentUser
from identity.oidc.model import FLOW_S
from identity.oidc.service import AuthorizationResponse, ProviderSignIn

DESK = "/desk/"
CALLBACK = "/api/session/provider/callback"

_Told = Annotated[str, Query(max_length=4_000)]


class Ways(BaseModel):
    """`provider`: what people call the OpenID provider; null where there is none."""

    provider: str | None


def router(provider: ProviderSignIn, current: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["identity"])
    cookies = current.cookies
    settings = provider.settings

    def back(request: Request) -> str:
        return f"{(settings.address or cookies.address_of(request)).rstrip('/')}{CALLBACK}"

    @routes.get("/session/ways")
    async def ways() -> Ways:
        return Ways(provider=(settings.name or "OpenID") if settings.issuer else None)

    @routes.get("/session/provider", status_code=303, response_class=RedirectResponse)
    async def begin(request: Request) -> Response:
        """To the provider; back to the desk, which says why, when it is away."""
        try:
            there, kept = await provider.begin(back(request))
        except SonghuaError as error:
            return _desk(f"sign-in={error.kind}")
        response = RedirectResponse(there, 303)
        cookies.set_flow(request, response, kept, FLOW_S)
        return response

    @routes.get("/session/provider/callback", status_code=303, response_class=RedirectResponse)
    async def finish(
        request: Request, state: _Told = "", code: _Told = "", iss: _Told = "", error: _Told = ""
    ) -> Response:
        """To the desk: signed in, at the second step, or with the reason why not."""
        answer = AuthorizationResponse(state, code, iss, error, cookies.flow_of(request))
        try:
            token, _ = await provider.finish(answer, back(request), current.origin(request))
        except SecondFactorNeeded as needed:
            response = _desk(f"second={quote(needed.ticket)}{'&passkey' if needed.passkey else ''}")
        except SonghuaError as refused:
            response = _desk(f"sign-in={refused.kind}")
        else:
            response = _desk("signed-in")
            cookies.set_session(request, response, token)
        cookies.forget_flow(request, response)
        return response

    return routes


def _desk(fragment: str) -> Response:
    """What follows the # stays in the browser."""
    return RedirectResponse(f"{DESK}#{fragment}", 303)
