"""The evaluation to print: what it says, in both languages, and nothing of a citizen."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from cases.evaluation.figures import FIGURES
from cases.evaluation.model import DIMENSIONS
from cases.evaluation.printing.model import COLUMNS, COUNTED, EvaluationWords
from core.storage import Storage
from tests.cases.evaluation.test_behind import TIME, a_city, plant
from tests.cases.evaluation.test_figures import CHEN
from tests.cases.web import Desk, desk_of


async def printed(desk: Desk, form: str, language: str, time: str = TIME) -> bytes:
    answer = await desk(CHEN, "GET", f"/evaluation/report.{form}?{time}&by=district&language={language}")
    assert answer.status_code == 200, answer.text
    assert f".{form}" in answer.headers["content-disposition"]
    return answer.content


@pytest.mark.parametrize(("language", "words"), [
    ("zh", ("综合评价", "按期处置率", "香坊区", "合计", "综合得分")),
    ("en", ("Evaluation", "Handled in time", "Xiangfang", "Total", "Score")),
])  # fmt: skip
async def test_page_and_pdf_say_the_same_figures(storage: Storage, language: str, words: tuple[str]) -> None:
    async with desk_of(storage, (CHEN,)) as desk:
        await a_city(desk)
        await plant(desk, 45, address="<script>alert(1)</script>", district=None)
        page = (await printed(desk, "html", language)).decode()
        document = PdfReader(io.BytesIO(await printed(desk, "pdf", language)))
        text = "".join(one.extract_text() for one in document.pages)
        shown = (await desk(CHEN, "GET", f"/evaluation?{TIME}")).json()["total"]
    for word in words:
        assert word in page
        assert word.replace(" ", "") in re.sub(r"\s", "", text)
    rate = f"{int(shown['rates']['handling_rate'] * 1000) / 10:.1f} %"
    assert rate in page
    assert rate.replace(" ", "") in re.sub(r"\s", "", text)
    for hidden in ("script>", "公滨路", "http", "井盖丢了"):
        assert hidden not in page
        assert hidden not in text


async def test_a_time_without_cases_is_said_to_be_one(storage: Storage) -> None:
    async with desk_of(storage, (CHEN,)) as desk:
        time = "from=2026-01-01&to=2026-02-01"
        assert "没有案件" in (await printed(desk, "html", "zh", time)).decode()
        assert (await printed(desk, "pdf", "en", time)).startswith(b"%PDF")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_figure_dimension_and_count_has_its_word(language: str) -> None:
    words = EvaluationWords("zh" if language == "zh" else "en")
    assert all(words.of("figure", one) for one in (*FIGURES, *COLUMNS))
    assert all(words.of("dimension", one) for one in DIMENSIONS)
    assert all(words.of("count", one) for one in COUNTED)
