"""Flows and prompts over HTTP: supervisors and admins read them, admins change them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from core.actor import Actor
from core.answers import answers
from core.bounds import Count
from core.errors import Invalid, problem_of
from core.routes import RoomRouter
from core.storage import StorageAway
from ivr import rights
from ivr.flows.load import FlowInvalid, FlowProblem, load
from ivr.graph.picture import picture
from ivr.upload.convert import MOST_BYTES, Converter
from ivr.upload.errors import UploadRefused
from ivr.versions import model
from ivr.versions.model import Activation, StoredVersion, Subject
from ivr.versions.service import Versions
from ivr.views import (
    ActivationView,
    FlowList,
    FlowProblems,
    FlowTextView,
    FlowVersionText,
    IvrVersionView,
    NewFlowVersion,
    PromptList,
    VersionHistory,
)

CurrentUser = Callable[..., Actor | Awaitable[Actor]]
"""A FastAPI dependency that gives the signed-in person or raises `Unauthenticated`."""

Comment = Annotated[str, Field(max_length=model.MOST_COMMENT)]


class FlowText(BaseModel):
    op_id: UUID
    text: str = Field(max_length=65_536)
    comment: Comment = ""


class Check(BaseModel):
    text: str = Field(max_length=65_536)


class Put(BaseModel):
    """`expected`: the version that is thought to be in force; `If-Match: "n"` says the same."""

    op_id: UUID
    number: int = Field(ge=0, le=1_000_000)
    expected: Count | None = None
    comment: Comment = ""


class RollBackVersion(BaseModel):
    """`number`: the version to go back to; left out, the one before."""

    op_id: UUID
    number: Count | None = None
    expected: Count | None = None
    comment: Comment = ""


def router(versions: Versions, converter: Converter, current_user: CurrentUser) -> APIRouter:
    routes = RoomRouter(prefix="/ivr", tags=["ivr"])
    _flow_routes(routes, versions, current_user)
    _flow_changes(routes, versions, current_user)
    _prompt_routes(routes, versions, converter, current_user)
    return routes


def _flow_routes(routes: APIRouter, versions: Versions, current_user: CurrentUser) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("/flows", **answers(FlowList))
    async def flows(user: User) -> dict[str, Any]:
        rights.SEE.check(user)
        return {"flows": await flow_list(versions)}

    @routes.get("/flows/{name}", **answers(FlowTextView))
    async def flow(user: User, name: str, response: Response) -> dict[str, Any]:
        rights.SEE.check(user)
        subject = model.flow(name)
        versions.force.source(name)
        number = versions.force.number(subject)
        response.headers["ETag"] = f'"{number}"'
        text = (await versions.content(subject, number)).decode(errors="replace")
        return {"name": name, "active": number, "text": text}

    @routes.get("/flows/{name}/versions", **answers(VersionHistory))
    async def flow_versions(user: User, name: str) -> dict[str, Any]:
        rights.SEE.check(user)
        return await _story(versions, model.flow(name))

    @routes.get("/flows/{name}/versions/{number}", **answers(FlowVersionText))
    async def flow_version(user: User, name: str, number: Count) -> dict[str, Any]:
        rights.SEE.check(user)
        content = await versions.content(model.flow(name), number)
        return {"name": name, "number": number, "text": content.decode(errors="replace")}

    @routes.get("/flows/{name}/graph")
    async def graph(
        user: User,
        name: str,
        form: Annotated[Literal["text", "mermaid", "dot", "svg"], Query(alias="format")] = "mermaid",
        version: Count | None = None,
    ) -> Response:
        rights.SEE.check(user)
        source = versions.force.source(name)
        if version is not None:
            text = await versions.content(model.flow(name), version)
            source = await asyncio.to_thread(load, text)
        drawn = await asyncio.to_thread(picture, source.flow, form)
        if form == "svg":
            return Response(drawn, media_type="image/svg+xml")
        return PlainTextResponse(drawn)


def _flow_changes(routes: APIRouter, versions: Versions, current_user: CurrentUser) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806
    IfMatch = Annotated[str | None, Header(max_length=32)]  # noqa: N806

    @routes.post("/flows/{name}/check", **answers(FlowProblems))
    async def check(user: User, name: str, body: Check) -> Response:
        rights.CHANGE.check(user)
        subject = model.flow(name)
        try:
            _, problems = await asyncio.to_thread(
                versions.force.check, subject, body.text.encode("utf-8", "replace")
            )
        except FlowInvalid as error:
            problems = error.problems
        return JSONResponse({"problems": told(problems)})

    @routes.post("/flows/{name}/versions", **answers(NewFlowVersion, 201))
    async def upload(user: User, name: str, body: FlowText) -> Response:
        rights.CHANGE.check(user)
        subject, text = model.flow(name), body.text.encode("utf-8", "replace")
        try:
            version, problems = await versions.upload_flow(
                user, subject, text, op_id=body.op_id, comment=body.comment
            )
        except FlowInvalid as error:
            return refused(error)
        return JSONResponse({**shown(version), "problems": told(problems)}, status_code=201)

    @routes.post("/flows/{name}/activate", **answers(ActivationView))
    async def activate(user: User, name: str, body: Put, if_match: IfMatch = None) -> Response:
        rights.CHANGE.check(user)
        return await _put(versions, user, model.flow(name), body, if_match)

    @routes.post("/flows/{name}/rollback", **answers(ActivationView))
    async def roll_back(user: User, name: str, body: RollBackVersion, if_match: IfMatch = None) -> Response:
        rights.CHANGE.check(user)
        return await _back(versions, user, model.flow(name), body, if_match)


def _prompt_routes(
    routes: APIRouter, versions: Versions, converter: Converter, current_user: CurrentUser
) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806
    IfMatch = Annotated[str | None, Header(max_length=32)]  # noqa: N806

    @routes.get("/prompts", **answers(PromptList))
    async def prompts(user: User) -> dict[str, Any]:
        rights.SEE.check(user)
        return {"prompts": await prompt_list(versions)}

    @routes.get("/prompts/{language}/{name}/versions", **answers(VersionHistory))
    async def prompt_versions(user: User, language: str, name: str) -> dict[str, Any]:
        rights.SEE.check(user)
        return await _story(versions, model.prompt(language, name))

    @routes.get("/prompts/{language}/{name}/versions/{number}/sound")
    async def sound(user: User, language: str, name: str, number: Count) -> Response:
        rights.SEE.check(user)
        content = await versions.content(model.prompt(language, name), number)
        return Response(content, media_type="audio/wav")

    @routes.post("/prompts/{language}/{name}/versions", **answers(IvrVersionView, 201))
    async def upload(
        user: User,
        language: str,
        name: str,
        request: Request,
        op_id: UUID,
        comment: Annotated[str, Query(max_length=model.MOST_COMMENT)] = "",
    ) -> Response:
        """The body is the sound file itself, whatever its format."""
        rights.CHANGE.check(user)
        subject = model.prompt(language, name)
        got = await converter.convert(await _body(request.stream()))
        version = await versions.upload_prompt(
            user, subject, got.wav, op_id=op_id, comment=comment, facts=got.facts
        )
        return JSONResponse(shown(version), status_code=201)

    @routes.post("/prompts/{language}/{name}/activate", **answers(ActivationView))
    async def activate(user: User, language: str, name: str, body: Put, if_match: IfMatch = None) -> Response:
        rights.CHANGE.check(user)
        return await _put(versions, user, model.prompt(language, name), body, if_match)

    @routes.post("/prompts/{language}/{name}/rollback", **answers(ActivationView))
    async def roll_back(
        user: User, language: str, name: str, body: RollBackVersion, if_match: IfMatch = None
    ) -> Response:
        rights.CHANGE.check(user)
        return await _back(versions, user, model.prompt(language, name), body, if_match)


async def flow_list(versions: Versions) -> list[dict[str, Any]]:
    """What there is, what is in force; `versions` is None while the database is away."""
    counts = await _counts(versions, "flow")
    names = sorted({*versions.force.names(), *(counts or {})})
    return [
        {
            "name": name,
            "purpose": versions.force.source(name).flow.purpose if name in versions.force.names() else None,
            "active": versions.force.number(model.flow(name)),
            "built_in": name in versions.force.texts,
            "versions": None if counts is None else counts.get(name, 0),
            "fault": versions.faults.get(model.flow(name)),
        }
        for name in names
    ]


async def prompt_list(versions: Versions) -> list[dict[str, Any]]:
    """Every prompt that was ever uploaded, or that a flow in force plays."""
    counts = await _counts(versions, "prompt")
    played: dict[str, list[str]] = {}
    for name in versions.force.names():
        flow = versions.force.source(name).flow
        for _, prompt in flow.prompts():
            plain, _, only = prompt.partition("@")
            for language in [only] if only else flow.languages:
                users = played.setdefault(f"{language}/{plain}", [])
                users += [name] if name not in users else []
    uploaded = {subject.name for subject in versions.force.entries if subject.kind == "prompt"}
    return [
        {
            "language": name.partition("/")[0],
            "name": name.partition("/")[2],
            "active": versions.force.number(Subject("prompt", name)),
            "built_in": versions.force.built_in_prompt(Subject("prompt", name)) is not None,
            "versions": None if counts is None else counts.get(name, 0),
            "played_by": played.get(name, []),
        }
        for name in sorted({*played, *uploaded, *(counts or {})})
    ]


async def _counts(versions: Versions, kind: str) -> dict[str, int] | None:
    try:
        return await versions.counts(kind)
    except StorageAway:
        return None


async def _story(versions: Versions, subject: Subject) -> dict[str, Any]:
    return {
        "active": versions.force.number(subject),
        "versions": [shown(one) for one in await versions.versions(subject)],
        "history": [_done(one) for one in await versions.history(subject)],
    }


async def _put(
    versions: Versions, user: Actor, subject: Subject, body: Put, if_match: str | None
) -> Response:
    expected = _expected(body.expected, if_match)
    try:
        done = await versions.activate(
            user, subject, body.number, op_id=body.op_id, expected=expected, comment=body.comment
        )
    except FlowInvalid as error:
        return refused(error)
    return JSONResponse(_done(done), headers={"ETag": f'"{done.number}"'})


async def _back(
    versions: Versions, user: Actor, subject: Subject, body: RollBackVersion, if_match: str | None
) -> Response:
    expected = _expected(body.expected, if_match)
    try:
        done = await versions.roll_back(
            user, subject, op_id=body.op_id, to=body.number, expected=expected, comment=body.comment
        )
    except FlowInvalid as error:
        return refused(error)
    return JSONResponse(_done(done), headers={"ETag": f'"{done.number}"'})


def _expected(expected: int | None, if_match: str | None) -> int:
    """The expected revision from the body or the header. Raises `Invalid`."""
    if expected is not None:
        return expected
    text = (if_match or "").removeprefix("W/").strip().strip('"')
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid(
            "which version is in force now is not said",
            remedy='send `expected`, or If-Match: "n" with the number that GET gave',
        )
    return int(text)


async def _body(stream: AsyncIterator[bytes]) -> bytes:
    found = bytearray()
    async for chunk in stream:
        found += chunk
        if len(found) > MOST_BYTES:
            raise UploadRefused(f"over {MOST_BYTES >> 20} MB", remedy="upload a shorter or a compressed file")
    return bytes(found)


def refused(error: FlowInvalid) -> Response:
    """The problem document with every problem and its line."""
    document = {**problem_of(error).model_dump(), "problems": told(error.problems)}
    document["remedy"] = document["remedy"] or "correct the lines listed"
    return JSONResponse(document, status_code=error.status, media_type="application/problem+json")


def told(problems: list[FlowProblem]) -> list[dict[str, Any]]:
    """The problems as JSON, in both languages."""
    return [
        {"line": one.line, "level": one.level, "code": one.code, "zh": one.zh, "en": one.en}
        for one in problems
    ]


def shown(version: StoredVersion) -> dict[str, Any]:
    """A version as JSON, without its content."""
    return {
        "number": version.number,
        "sha256": version.sha256,
        "by": version.by,
        "at": version.at.isoformat(),
        "comment": version.comment,
        **version.facts,
    }


def _done(activation: Activation) -> dict[str, Any]:
    return {
        "number": activation.number,
        "previous": activation.previous,
        "revision": activation.revision,
        "by": activation.by,
        "at": activation.at.isoformat(),
        "comment": activation.comment,
    }
