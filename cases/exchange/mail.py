"""A form as a mail: for people in Chinese and English, and as JSON in the attachment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from cases.exchange.forms import SentForm, TaskForm
from cases.exchange.ports import FormMail

_WORDS: Final = Path(__file__).with_name("words.yaml")


@cache
def _words() -> Mapping[str, str]:
    with _WORDS.open(encoding="utf-8") as stream:
        return {key: " / ".join(both) for key, both in yaml.safe_load(stream).items()}


def document_of(form: SentForm) -> bytes:
    """The form as it travels: JSON in UTF-8."""
    return form.model_dump_json().encode()


def mail_of(form: TaskForm, to: str) -> FormMail:
    """Of a task; forms about work orders go by webhook alone."""
    words, task, problem = _words(), form.task, form.problem
    assert task is not None
    assert problem is not None
    title = f"{words[form.form]} {task.case_number}"
    place = [problem.district_name, problem.address, problem.crossing, problem.relative]
    if problem.position is not None:
        place.append(f"{problem.position.lon:.6f}, {problem.position.lat:.6f}")
    due = words["none"]
    if task.due_at is not None:
        due = f"{task.due_at:%Y-%m-%d %H:%M}"
    elif task.paused_at is not None:
        due = words["paused"]
    lines = {
        "case": task.case_number,
        "act": form.act,
        "text": form.text,
        "category": f"{problem.category_zh} / {problem.category_en}",
        "place": " ".join(one for one in place if one),
        "description": words["confidential"] if problem.confidential else problem.description or "",
        "state": task.state.value,
        "due": due,
    }
    told = [f"{words[key]}: {value}" for key, value in lines.items() if value]
    return FormMail(
        form_id=form.form_id,
        to=to,
        subject=title,
        text="\n".join([title, "", *told, "", words["why"], ""]),
        document=document_of(form),
    )
