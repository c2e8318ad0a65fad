"""A line of a table of people as a user, and what it would change. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from core.actor import Role
from core.csv_table import CsvLine, LineProblem, LineReport, TableReport, problem, refused_cell, stands_twice
from core.errors import SonghuaError
from core.translation import gettext_lazy as _
from identity.model import Language, User, check_skills, check_user_id
from identity.passwords.rules import check_password

COLUMNS: Final[Mapping[str, str]] = {
    "id": "登录名", "name": "姓名", "roles": "角色", "endpoint": "话机", "language": "语言", "skills": "技能",
    "password": "初始密码",
}  # fmt: skip
REQUIRED: Final = ("id", "name", "roles")
ROLES: Final[Mapping[str, Role]] = {
    "坐席": Role.AGENT, "班长": Role.SUPERVISOR, "调度": Role.DISPATCHER, "调度员": Role.DISPATCHER,
    "派单员": Role.DISPATCHER,
    "受理": Role.ACCEPTOR, "验收": Role.ACCEPTOR, "验收员": Role.ACCEPTOR,
    "承办单位": Role.DEPARTMENT, "部门": Role.DEPARTMENT, "管理员": Role.ADMIN,
}  # fmt: skip
"""As a city's lists name them, beside the names of the API."""
LONGEST_NAME: Final = 80


class PeopleImported(BaseModel):
    """`passwords`: the initial ones of added people who brought none, by user; told this once. What failed
    on its way is in its line, and `stopped` says that later lines were not done.
    """

    report: TableReport
    passwords: dict[str, str]
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class PersonLine:
    """What a line asks for; `user` is None when it is refused. `password` is of a person who is new."""

    report: LineReport
    user: User | None = None
    password: str = ""
    made: bool = False
    """The password is one of ours, and has to be told."""


def read_person(
    line: CsvLine, known: Mapping[str, User], first: dict[str, int], place_words: Sequence[str], importer: str
) -> PersonLine:
    """`known` are the users that there are, `first` the lines in which a user has stood, which grows;
    `importer` is the id of who imports.
    """
    wrong: list[LineProblem] = []
    user_id = _user_id(line, wrong)
    if user_id in first:
        wrong.append(stands_twice("id", user_id, first[user_id]))
    first.setdefault(user_id, line.number)
    there = known.get(user_id)
    user = User(
        id=user_id,
        name=_name(line, wrong),
        roles=_roles(line, wrong),
        language=_language(line, there),
        endpoint=line.cells.get("endpoint") or (None if there is None else there.endpoint),
        skills=_skills(line, there, wrong),
    )
    if user_id == importer and there is not None and Role.ADMIN in there.roles - user.roles:
        wrong.append(
            problem("roles", _("An admin does not take the role from himself."), _("Ask another admin."))
        )
    password, made = _password(line, user, there, wrong, place_words)
    if wrong:
        key = line.cells.get("id", "")
        return PersonLine(LineReport(line=line.number, key=key, act="refused", problems=wrong))
    if there is None:
        return PersonLine(LineReport(line=line.number, key=user_id, act="add"), user, password, made)
    changes = _changes(there, user)
    act = "change" if changes else "same"
    return PersonLine(LineReport(line=line.number, key=user_id, act=act, changes=changes), user)


def _user_id(line: CsvLine, wrong: list[LineProblem]) -> str:
    try:
        return check_user_id(line.cells.get("id", ""))
    except SonghuaError as error:
        wrong.append(refused_cell("id", error.detail or error.title, _("Use 2 to 63 of a-z, 0-9, . - _")))
        return line.cells.get("id", "")


def _name(line: CsvLine, wrong: list[LineProblem]) -> str:
    name = line.cells.get("name", "")
    if not name or len(name) > LONGEST_NAME:
        wrong.append(problem("name", _("The name is missing or too long."), _("Give 1 to 80 letters.")))
    return name


def _roles(line: CsvLine, wrong: list[LineProblem]) -> frozenset[Role]:
    found = set()
    words = line.cells.get("roles", "").replace("；", " ").replace("、", " ").replace(";", " ").split()
    for word in words:
        role = ROLES.get(word)
        if role is None and word.lower() in {one.value for one in Role if one is not Role.UNIT}:
            role = Role(word.lower())
        if role is None:
            remedy = _("Use {names}.", names=[one.value for one in Role if one is not Role.UNIT])
            wrong.append(problem("roles", _("There is no role {word}.", word=word), remedy))
        else:
            found.add(role)
    if not words:
        wrong.append(problem("roles", _("The roles are missing."), _("Give one or more, by spaces.")))
    return frozenset(found)


def _language(line: CsvLine, there: User | None) -> Language:
    word = line.cells.get("language", "" if there is None else there.language)
    return "en" if word.lower() in {"en", "english", "英语", "英文"} else "zh"


def _skills(line: CsvLine, there: User | None, wrong: list[LineProblem]) -> Mapping[str, int]:
    text = line.cells.get("skills")
    if text is None:
        return {} if there is None else there.skills
    try:
        levels = dict(one.split("=", 1) for one in text.replace(";", " ").replace("；", " ").split())
        return check_skills({name: int(level) for name, level in levels.items()})
    except ValueError:
        said = "a skill is language:en=3, by spaces"
    except SonghuaError as error:
        said = error.detail or error.title
    wrong.append(refused_cell("skills", said, _("Write language:en=3 subject:water=5; levels 1 to 5.")))
    return {}


def _password(
    line: CsvLine, user: User, there: User | None, wrong: list[LineProblem], words: Sequence[str]
) -> tuple[str, bool]:
    given = line.cells.get("password", "")
    if there is not None:
        return "", False
    if not given:
        return secrets.token_urlsafe(12), True
    try:
        return check_password(given, user.id, user.name, words), False
    except SonghuaError as error:
        wrong.append(
            refused_cell(
                "password", error.detail or error.title, _("Leave the cell empty: a password is made then.")
            )
        )
        return "", False


def _changes(there: User, user: User) -> list[str]:
    pairs = (
        ("name", there.name, user.name),
        ("roles", _listed(there.roles), _listed(user.roles)),
        ("endpoint", there.endpoint or "–", user.endpoint or "–"),
        ("language", there.language, user.language),
        ("skills", _levels(there.skills), _levels(user.skills)),
    )
    return [f"{column}: {before} → {after}" for column, before, after in pairs if before != after]


def _listed(roles: frozenset[Role]) -> str:
    return " ".join(sorted(roles))


def _levels(skills: Mapping[str, int]) -> str:
    return " ".join(f"{name}={level}" for name, level in sorted(skills.items())) or "–"
