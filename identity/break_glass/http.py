"""The route by which the sealed account is opened.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from core.routes import RoomRouter
from identity.break_glass.service import BreakGlass
from identity.http import CurrentUser, SessionAnswer, SessionResponses


class Envelope(BaseModel):
    """`words` are those in the envelope, `name` is who uses it."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field(max_length=200)
    name: str = Field(max_length=200)


def router(break_glass: BreakGlass, current: CurrentUser, answers: SessionResponses) -> APIRouter:
    routes = RoomRouter(tags=["identity"])

    @routes.post("/session/break-glass")
    async def open_envelope(body: Envelope, request: Request, response: Response) -> SessionAnswer:
        """The session. It needs no second factor; administrators and supervisors are told at once."""
        token, session = await break_glass.open(body.words, body.name, current.origin(request))
        return await answers.begun(request, response, token, session)

    return routes
