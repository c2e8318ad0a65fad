"""Routes of articles. Rights are checked where the act is done; a body is Markdown: the desk escapes it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from cases import rights
from cases.events import ArticlesSuggested, ArticleUseView
from cases.knowledge.content import (
    MOST_BODY,
    MOST_NAME,
    MOST_REFERENCES,
    MOST_TAGS,
    MOST_TITLE,
    Content,
    Language,
    content,
)
from cases.knowledge.front_matter import Article
from cases.knowledge.live import Suggestions
from cases.knowledge.model import ArticleAction, ArticleState, ArticleVersion
from cases.knowledge.reading import ArticleReader
from cases.knowledge.search import ArticleHit, Filter, Scope
from cases.knowledge.service import MOST_REASON, Editing
from cases.knowledge.snippets import Marked
from cases.knowledge.store import ArticleKey
from cases.knowledge.usage import ArticleUsage
from cases.knowledge.uses import ArticleUseCount
from cases.knowledge.whole import FullArticle
from cases.ports import CallDirectory, CurrentUser
from cases.privacy import require_call
from core.actor import Actor
from core.bounds import Count
from core.operations import OperationRequest
from core.routes import RoomRouter

MOST_QUERY = 200
Reference = Annotated[str, Field(max_length=80)]


class ArticleBody(OperationRequest):
    """What a version says. Moments carry their time zone."""

    title: str = Field(max_length=MOST_TITLE)
    body: str = Field(max_length=MOST_BODY)
    tags: list[Reference] = Field(default=[], max_length=MOST_TAGS)
    categories: list[Reference] = Field(default=[], max_length=MOST_REFERENCES)
    districts: list[Reference] = Field(default=[], max_length=MOST_REFERENCES)
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def content(self) -> Content:
        """The content, checked and cleaned. Raises `Invalid`."""
        return content(
            title=self.title,
            body=self.body,
            tags=self.tags,
            categories=self.categories,
            districts=self.districts,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class NewArticle(ArticleBody):
    name: str = Field(min_length=1, max_length=MOST_NAME)
    language: Language


class NewArticleVersion(ArticleBody):
    base: Count


class ArticleStepRequest(OperationRequest):
    reason: str = Field(default="", max_length=MOST_REASON)


class RollBack(ArticleStepRequest):
    number: Count = Field(ge=1)


class UseArticleRequest(OperationRequest):
    call_id: UUID | None = None
    case_id: UUID | None = None


class VersionRow(BaseModel):
    """A version without its body."""

    article_id: UUID
    name: str
    language: Language
    number: int
    title: str
    tags: list[str]
    categories: list[str]
    districts: list[str]
    valid_from: datetime | None
    valid_to: datetime | None
    sha256: str
    state: ArticleState
    author: str
    saved_at: datetime
    approved_by: str
    approved_at: datetime | None


class ArticleRow(VersionRow):
    uses: int
    last_used: datetime | None


class ArticlePage(BaseModel):
    """By name; `next` goes into `after` for the next page, null on the last."""

    articles: list[ArticleRow]
    next: str | None


class ArticleVersions(BaseModel):
    """The newest first."""

    versions: list[VersionRow]


class ArticleEntry(BaseModel):
    """What was done to version `number`."""

    number: int
    act: str
    actor: str
    at: datetime
    reason: str


class ArticleHistory(BaseModel):
    history: list[ArticleEntry]


class FullArticleView(ArticleRow):
    body: str
    in_force: bool
    newest: int


class MarkedText(BaseModel):
    """`spans` are `[start, end)` in code points of `text`; `text` is data and is escaped by who shows it."""

    text: str
    spans: list[tuple[int, int]]


class HitRow(VersionRow):
    score: float
    marked_title: MarkedText
    snippet: MarkedText


class Used(BaseModel):
    """`body` is what is put into the answer."""

    use: ArticleUseView
    body: str


def editing_routes(editing: Editing, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["knowledge"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/knowledge", status_code=201)
    async def create(body: NewArticle, actor: person) -> FullArticleView:
        article = Article(body.name, body.language, body.content())
        return whole_row(await editing.create(article, op_id=body.op_id, actor=actor))

    @routes.post("/knowledge/{article_id}/versions", status_code=201)
    async def save(article_id: UUID, body: NewArticleVersion, actor: person) -> FullArticleView:
        saved = await editing.save(article_id, body.content(), base=body.base, op_id=body.op_id, actor=actor)
        return whole_row(saved)

    @routes.post("/knowledge/{article_id}/rollback")
    async def roll_back(article_id: UUID, body: RollBack, actor: person) -> FullArticleView:
        done = await editing.roll_back(
            article_id, body.number, op_id=body.op_id, actor=actor, reason=body.reason
        )
        return whole_row(done)

    @routes.post("/knowledge/{article_id}/versions/{number}/{act}")
    async def take(
        article_id: UUID,
        number: Count,
        act: Literal[
            ArticleAction.SUBMIT, ArticleAction.RETURN, ArticleAction.APPROVE, ArticleAction.WITHDRAW
        ],
        body: ArticleStepRequest,
        actor: person,
    ) -> FullArticleView:
        taken = await editing.take(
            article_id, number, ArticleAction(act), op_id=body.op_id, actor=actor, reason=body.reason
        )
        return whole_row(taken)

    return routes


def reading_routes(reading: ArticleReader, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["knowledge"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/knowledge")
    async def overview(
        actor: person,
        scope: Scope = "in_force",
        state: ArticleState | None = None,
        language: Language | None = None,
        after: Annotated[str, Query(max_length=MOST_NAME + 3, pattern=r"^([a-z0-9-]+\.(zh|en))?$")] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 200,
    ) -> ArticlePage:
        rights.READ_ARTICLES.check(actor)
        name, _, spoken = after.rpartition(".")
        found = await reading.overview(
            actor=actor,
            scope=scope,
            state=state,
            language=language,
            after=(name, spoken) if after else None,
            limit=limit,
        )
        rows = [article_row(one.named, one.version, usage) for one, usage in found]
        last = rows[-1] if len(rows) == limit else None
        return ArticlePage(articles=rows, next=f"{last.name}.{last.language}" if last else None)

    @routes.get("/knowledge/search")
    async def search(
        actor: person,
        q: Annotated[str, Query(max_length=MOST_QUERY)],
        scope: Scope = "in_force",
        language: Language | None = None,
        category: Annotated[str | None, Query(max_length=64)] = None,
        district: Annotated[str | None, Query(pattern=r"^\d{6}$")] = None,
        tag: Annotated[str | None, Query(max_length=40)] = None,
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
    ) -> dict[str, list[HitRow]]:
        rights.READ_ARTICLES.check(actor)
        wish = Filter(scope, language, category, district, tag)
        return {"hits": [hit_row(hit) for hit in await reading.search(q, wish, actor=actor, limit=limit)]}

    @routes.get("/knowledge/{article_id}")
    async def one(
        article_id: UUID, actor: person, number: Annotated[Count | None, Query(ge=1)] = None
    ) -> FullArticleView:
        rights.READ_ARTICLES.check(actor)
        return whole_row(await reading.read(article_id, actor=actor, number=number))

    @routes.get("/knowledge/{article_id}/versions")
    async def versions(article_id: UUID, actor: person) -> ArticleVersions:
        named, found = await reading.versions(article_id, actor=actor)
        return ArticleVersions(versions=[VersionRow(**_fields(named, one)) for one in found])

    @routes.get("/knowledge/{article_id}/history")
    async def history(article_id: UUID, actor: person) -> ArticleHistory:
        found = await reading.history(article_id, actor=actor)
        return ArticleHistory(history=[ArticleEntry(**asdict(one)) for one in found])

    return routes


def telling_routes(
    telling: ArticleUsage, suggestions: Suggestions, calls: CallDirectory, user: CurrentUser
) -> APIRouter:
    routes = RoomRouter(tags=["knowledge"])
    person = Annotated[Actor, Depends(user)]

    @routes.post("/knowledge/{article_id}/versions/{number}/use", status_code=201)
    async def use(article_id: UUID, number: Count, body: UseArticleRequest, actor: person) -> Used:
        kept, text = await telling.use(
            article_id, number, op_id=body.op_id, actor=actor, call_id=body.call_id, case_id=body.case_id
        )
        return Used(use=kept, body=text)

    @routes.get("/calls/{call_id}/articles")
    async def used_in(call_id: UUID, actor: person) -> dict[str, list[ArticleUseView]]:
        return {"articles": await telling.used_in(call_id, actor=actor)}

    @routes.get("/calls/{call_id}/suggestions")
    async def suggested(call_id: UUID, actor: person) -> ArticlesSuggested:
        rights.TELL_ARTICLE.check(actor)
        await require_call(calls, actor, call_id)
        return suggestions.of_call(call_id)

    return routes


def whole_row(found: FullArticle) -> FullArticleView:
    """The answer for one article with its text."""
    return FullArticleView(
        **article_row(found.named, found.version, found.usage).model_dump(),
        body=found.body,
        in_force=found.in_force,
        newest=found.newest,
    )


def article_row(named: ArticleKey, version: ArticleVersion, usage: ArticleUseCount) -> ArticleRow:
    """The answer for an article in a list, without its text."""
    return ArticleRow(**_fields(named, version), uses=usage.count, last_used=usage.last)


def hit_row(hit: ArticleHit) -> HitRow:
    """The answer for an article that was found, with the matching words marked."""
    return HitRow(
        **_fields(hit.shown.named, hit.shown.version),
        score=round(hit.score, 3),
        marked_title=_marked(hit.title),
        snippet=_marked(hit.snippet),
    )


def _marked(piece: Marked) -> MarkedText:
    return MarkedText(text=piece.text, spans=list(piece.spans))


def _fields(named: ArticleKey, version: ArticleVersion) -> dict[str, Any]:
    return {
        "article_id": named.article_id,
        "name": named.name,
        "language": named.language,
        "number": version.number,
        "title": version.title,
        "tags": list(version.tags),
        "categories": list(version.categories),
        "districts": list(version.districts),
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "sha256": version.sha256,
        "state": version.state,
        "author": version.author,
        "saved_at": version.saved_at,
        "approved_by": version.approved_by,
        "approved_at": version.approved_at,
    }
