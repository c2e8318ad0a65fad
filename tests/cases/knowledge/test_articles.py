"""Articles on a real database: saved, approved by another, found, told, kept with the case."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.errors import (
    ArticleInvalid,
    ArticleMovedOn,
    ArticleNotInForce,
    FourEyesRequired,
    NoSuchArticle,
    NoSuchCase,
)
from cases.events import ArticleUsed, CaseFiled
from cases.knowledge import files
from cases.knowledge.front_matter import Article
from cases.knowledge.model import ArticleAction, ArticleState, in_force
from cases.knowledge.search import Filter
from core.clock import ManualClock
from core.errors import Forbidden, Invalid
from core.ids import uuid7
from core.storage import Storage
from tests.cases.knowledge.world import APPROVER, WRITER, approved, saved, seeded, words
from tests.cases.rooms import ADMIN, AGENT, DISPATCHER, stage
from tests.cases.test_story import filed

HEATING = words("暖气不热找谁", "供热企业负责维修。", tags=("暖气", "供热"))


async def test_an_article_is_found_by_agents_from_its_approval_to_its_withdrawal(
    any_storage: Storage,
) -> None:
    on = stage(any_storage)
    articles = on.room.articles

    async def found() -> list[int]:
        hits = await articles.reading.search("我家暖气不热", Filter(), actor=AGENT)
        return [hit.shown.version.number for hit in hits]

    whole = await saved(on, HEATING)
    article_id = whole.named.article_id
    assert (whole.version.state, whole.in_force, await found()) == (ArticleState.DRAFT, False, [])
    with pytest.raises(NoSuchArticle):
        await articles.reading.read(article_id, actor=AGENT)
    seen = await articles.reading.search("暖气", Filter(scope="newest"), actor=WRITER)
    assert [hit.shown.version.state for hit in seen] == [ArticleState.DRAFT]
    take = articles.editing.take
    await take(article_id, 1, ArticleAction.SUBMIT, op_id=uuid7(), actor=WRITER)
    with pytest.raises(FourEyesRequired):
        await take(article_id, 1, ArticleAction.APPROVE, op_id=uuid7(), actor=WRITER)
    op_id = uuid7()
    first, again = await asyncio.gather(
        take(article_id, 1, ArticleAction.APPROVE, op_id=op_id, actor=APPROVER),
        take(article_id, 1, ArticleAction.APPROVE, op_id=op_id, actor=APPROVER),
    )
    assert first.version == again.version
    assert (first.in_force, await found()) == (True, [1])
    await take(article_id, 1, ArticleAction.WITHDRAW, op_id=uuid7(), actor=APPROVER, reason="电话变了")
    assert await found() == []
    log = [
        (entry.act, entry.actor, entry.reason)
        for entry in await articles.reading.history(article_id, actor=WRITER)
    ]
    assert log == [
        ("save", "qian", ""), ("submit", "qian", ""), ("approve", "zhou", ""),
        ("withdraw", "zhou", "电话变了"),
    ]  # fmt: skip


async def test_every_save_is_a_version_and_the_same_words_are_none(any_storage: Storage) -> None:
    on = stage(any_storage)
    whole = await approved(on, HEATING)
    article_id, editing = whole.named.article_id, on.room.articles.editing
    assert (await saved(on, HEATING)).newest == 1
    second = words("暖气不热找谁", "先看阀门。", tags=("暖气",))
    op_id = uuid7()
    for _ in range(2):
        new = await editing.save(article_id, second, base=1, op_id=op_id, actor=WRITER)
        assert (new.newest, new.body) == (2, "先看阀门。")
    with pytest.raises(ArticleMovedOn) as stale:
        await editing.save(article_id, HEATING, base=1, op_id=uuid7(), actor=WRITER)
    assert stale.value.extra["number"] == 2
    with pytest.raises(ArticleMovedOn):
        await editing.create(Article("a", "zh", second), op_id=uuid7(), actor=WRITER)
    # Agents still read the approved one; nothing of it has changed.
    told = await on.room.articles.reading.read(article_id, actor=AGENT)
    assert (told.version.number, told.body) == (1, "供热企业负责维修。")
    _, versions = await on.room.articles.reading.versions(article_id, actor=WRITER)
    assert [one.number for one in versions] == [2, 1]


async def test_back_to_an_earlier_version(any_storage: Storage) -> None:
    on = stage(any_storage)
    await approved(on, HEATING)
    whole = await approved(on, words("暖气问题", "新的。", tags=("暖气",)))
    article_id, articles = whole.named.article_id, on.room.articles
    assert (await articles.reading.read(article_id, actor=AGENT)).body == "新的。"
    back = await articles.editing.roll_back(article_id, 1, op_id=uuid7(), actor=WRITER, reason="写错了")
    assert back.in_force
    (hit,) = await articles.reading.search("供热", Filter(), actor=AGENT)
    assert (hit.shown.version.number, hit.snippet.text) == (1, "供热企业负责维修。")


async def test_time_decides_without_anybody_doing_anything(any_storage: Storage) -> None:
    clock = ManualClock(datetime(2026, 11, 25, tzinfo=UTC))
    any_storage.clock = clock
    on = stage(any_storage)
    await approved(on, words("平时的暖气", tags=("暖气",)))
    day = clock.now() + timedelta(days=1)
    await approved(on, words("寒潮的暖气", tags=("暖气",), valid_from=day, valid_to=day + timedelta(days=2)))
    seen = []
    for _ in range(4):
        hits = await on.room.articles.reading.search("暖气", Filter(), actor=AGENT)
        listed = await on.room.articles.reading.overview(actor=AGENT)
        assert [one.shown.version for one in hits] == [one.version for one, _ in listed]
        seen.append([hit.title.text for hit in hits])
        clock.advance(86_400)
    assert seen == [["平时的暖气"], ["寒潮的暖气"], ["寒潮的暖气"], []]


async def test_only_supervisors_and_admins_write_and_see_what_is_not_in_force(storage: Storage) -> None:
    on = stage(storage)
    whole = await saved(on, HEATING)
    article_id, articles = whole.named.article_id, on.room.articles
    for who in (AGENT, DISPATCHER):
        with pytest.raises(Forbidden):
            await articles.editing.take(article_id, 1, ArticleAction.SUBMIT, op_id=uuid7(), actor=who)
        with pytest.raises(Forbidden):
            await articles.reading.search("暖气", Filter(scope="newest"), actor=who)
        with pytest.raises(Forbidden):
            await articles.reading.overview(actor=who, state=ArticleState.DRAFT)
    assert (await articles.reading.read(article_id, actor=ADMIN)).version.state is ArticleState.DRAFT


async def test_classes_and_districts_must_be_there(storage: Storage) -> None:
    on = stage(storage)
    for kept in (words("x", categories=("gbt30428.2@2013/P9999",)), words("x", districts=("999999",))):
        with pytest.raises(ArticleInvalid):
            await saved(on, kept)


async def test_a_used_version_is_kept_with_the_call_and_its_case(any_storage: Storage) -> None:
    on = stage(any_storage)
    whole = await approved(on, HEATING)
    article_id, telling = whole.named.article_id, on.room.articles.telling
    call_id, op_id = on.a_call(), uuid7()
    for _ in range(2):
        use, body = await telling.use(article_id, 1, op_id=op_id, actor=AGENT, call_id=call_id)
        assert (use.title, body) == ("暖气不热找谁", "供热企业负责维修。")
    case = await filed(on, call_id=call_id)
    assert [(one.use_id, one.number) for one in case.articles] == [(use.use_id, 1)]
    # Another version afterwards changes nothing of what was told.
    await approved(on, words("暖气问题", "新的。"))
    with pytest.raises(ArticleNotInForce) as moved:
        await telling.use(article_id, 1, op_id=uuid7(), actor=AGENT, call_id=call_id)
    assert moved.value.extra["number"] == 2
    later, _ = await telling.use(article_id, 2, op_id=uuid7(), actor=AGENT, case_id=case.case_id)
    shown = (await on.room.cases.get(case.case_id)).articles
    assert [(one.number, one.title) for one in shown] == [(1, "暖气不热找谁"), (2, "暖气问题")]
    assert (
        await on.room.articles.reading.read(article_id, actor=AGENT, number=1)
    ).body == "供热企业负责维修。"
    events = await on.emitted()
    told = [event for event in events if isinstance(event, ArticleUsed)]
    assert [(one.call_id, one.case_id, one.use.use_id) for one in told] == [
        (call_id, None, use.use_id), (None, case.case_id, later.use_id),
    ]  # fmt: skip
    (case_filed,) = [event for event in events if isinstance(event, CaseFiled)]
    assert case_filed.case.articles == case.articles
    assert case.articles[0].sha256 == whole.version.sha256
    assert (await on.room.articles.reading.overview(actor=AGENT))[0][1].count == 2


async def test_a_use_needs_a_place_and_a_case_that_is_there(storage: Storage) -> None:
    on = stage(storage)
    whole = await approved(on, HEATING)
    use = on.room.articles.telling.use
    with pytest.raises(Invalid):
        await use(whole.named.article_id, 1, op_id=uuid7(), actor=AGENT)
    with pytest.raises(NoSuchCase):
        await use(whole.named.article_id, 1, op_id=uuid7(), actor=AGENT, case_id=uuid7())
    with pytest.raises(Forbidden):
        await use(whole.named.article_id, 1, op_id=uuid7(), actor=DISPATCHER, call_id=uuid7())
    assert await on.emitted() == []


async def test_the_best_article_comes_first_and_its_words_are_marked(any_storage: Storage) -> None:
    on = stage(any_storage)
    await seeded(on)
    search = on.room.articles.reading.search
    for query, name in (
        ("我家暖气不热找谁", "heating-water-gas"),
        ("闻到煤气味怎么办", "heating-water-gas"),
        ("上次报的案件处理得怎么样了，有个查询码", "case-code"),
        ("着火了打什么电话", "emergency-numbers"),
        ("你们录音吗", "call-recorded"),
        ("怎么反映井盖问题", "how-to-report"),
        ("no heating in our flat", "heating-water-gas"),
        ("what is the short code for", "case-code"),
        ("is this recorded", "call-recorded"),
    ):
        hits = await search(query, Filter(), actor=AGENT)
        assert hits, query
        assert hits[0].shown.named.name == name, query
    (hit, *_) = await search("暖气", Filter(language="zh"), actor=AGENT)
    assert [hit.title.text[start:end] for start, end in hit.title.spans] == ["暖气"]
    assert {hit.snippet.text[start:end] for start, end in hit.snippet.spans} == {"暖气"}


async def test_what_sounds_the_same_is_found_where_nobody_wrote_the_word(storage: Storage) -> None:
    on = stage(storage)
    await approved(on, words("录音说明", "通话录音", tags=("录音",)))
    (hit,) = await on.room.articles.reading.search("陆音", Filter(), actor=AGENT)
    assert hit.shown.version.title == "录音说明"


async def test_filters_narrow_what_is_found(storage: Storage) -> None:
    on = stage(storage)
    lamp, heat = "gbt30428.2@2013/P0137", "gbt30428.2@2013/E0504"
    await approved(on, words("路灯不亮", tags=("照明",), categories=(lamp,), districts=("230102",)), "a")
    await approved(on, words("路灯费用", categories=(heat,)), "b")
    await approved(on, words("Street lamps 路灯"), "c", "en")

    async def found(wish: Filter) -> set[str]:
        return {
            hit.shown.named.name for hit in await on.room.articles.reading.search("路灯", wish, actor=AGENT)
        }

    assert await found(Filter()) == {"a", "b", "c"}
    assert await found(Filter(language="en")) == {"c"}
    assert await found(Filter(category=lamp)) == {"a"}
    assert await found(Filter(district="230103")) == {"b", "c"}
    assert await found(Filter(tag="照明")) == {"a"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
async def test_any_text_may_be_searched_for(storage: Storage, text: str) -> None:
    on = stage(storage)
    if await on.room.articles.reading.find_by_name("a", "zh") is None:
        await approved(on, HEATING)
    await on.room.articles.reading.search(text, Filter(), actor=AGENT)
    await on.room.articles.reading.search(text + "暖气", Filter(scope="newest"), actor=WRITER)


async def test_the_database_and_the_rule_say_the_same_of_what_is_in_force(any_storage: Storage) -> None:
    clock = ManualClock(datetime(2026, 11, 25, tzinfo=UTC))
    any_storage.clock = clock
    on = stage(any_storage)
    now = clock.now()
    spans = [(None, None), (1, None), (2, 4), (None, 3)]
    for begins, ends in spans:
        kept = words(f"题{begins}{ends}", valid_from=_day(now, begins), valid_to=_day(now, ends))
        whole = await approved(on, kept)
    for _ in range(6):
        _, versions = await on.room.articles.reading.versions(whole.named.article_id, actor=WRITER)
        told = in_force(versions, clock.now())
        listed = await on.room.articles.reading.overview(actor=AGENT)
        assert [one.version for one, _ in listed] == ([] if told is None else [told])
        clock.advance(86_400)


def _day(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now + timedelta(days=days)


async def test_a_folder_is_brought_in_and_out_and_in_again(any_storage: Storage, tmp_path: Path) -> None:
    on = stage(any_storage)
    articles = on.room.articles
    found, _ = files.read(files.SEED, hours=8)
    report = await files.bring(articles.editing, articles.reading, found, actor=WRITER, submit=True)
    assert len(report.made) == 10
    again = await files.bring(articles.editing, articles.reading, found, actor=WRITER, submit=True)
    assert (len(again.unchanged), again.made, again.renewed) == (10, [], [])
    submitted = await articles.reading.overview(actor=WRITER, state=ArticleState.SUBMITTED)
    assert len(submitted) == 10
    written = await files.take_out(articles.reading, tmp_path, actor=WRITER, scope="newest")
    assert len(written) == 10
    back, refused = files.read(tmp_path, hours=0)
    assert (refused, {one.content.digest for one in back}) == ([], {one.content.digest for one in found})
    assert await files.take_out(articles.reading, tmp_path, actor=WRITER, scope="in_force") == []


async def test_nothing_is_written_when_one_file_is_wrong(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nname: a\nlanguage: zh\ntitle: 一\n---\n正文")
    (tmp_path / "b.md").write_text("---\nname: a\nlanguage: zh\ntitle: 二\n---\n正文")
    (tmp_path / "c.md").write_text("no head")
    (tmp_path / "README.md").write_text("what these files are")
    _, refused = files.read(tmp_path, hours=8)
    assert [one.file.name for one in refused] == ["b.md", "c.md"]
    on = stage(storage)
    bad = Article("x", "zh", words("x", categories=("gbt30428.2@2013/P9999",)))
    good = Article("y", "zh", words("y"))
    with pytest.raises(ArticleInvalid):
        await files.bring(
            on.room.articles.editing, on.room.articles.reading, [good, bad], actor=WRITER, submit=False
        )
    assert await on.room.articles.reading.overview(actor=WRITER, scope="newest") == []
