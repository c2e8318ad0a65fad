"""The questions, in both languages, and how they are asked at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from core.translation import Bilingual
from gateway.installation.answers import KEYS, InstallationAnswers, said, understood
from gateway.installation.errors import InstallationStopped

QUESTIONS: Final[Mapping[str, Bilingual]] = {
    "city": Bilingual(
        zh="城市的简称（小写字母，用于消息主题）",
        en="Short name of the city (a-z, in every topic)",
    ),
    "names": Bilingual(
        zh="坐席和话机访问本机所用的名称或地址（逗号分隔，常用者在前）",
        en="Names or addresses by which desks and telephones reach this machine (by commas)",
    ),
    "network": Bilingual(
        zh="坐席或话机在其他机器上吗（yes/no）",
        en="Are desks or telephones on other machines (yes/no)",
    ),
    "database": Bilingual(
        zh="数据库：sqlite 或 postgresql（本机）",
        en="Database: sqlite, or postgresql on this machine",
    ),
    "carrier": Bilingual(
        zh="运营商来话的地址（暂无则留空）",
        en="Address from which the carrier's calls come (empty: none yet)",
    ),
    "area_code": Bilingual(
        zh="长途区号，如 0451（可留空）",
        en="Area code, as 0451 (may be empty)",
    ),
    "phone": Bilingual(
        zh="第一位坐席的话机：browser（工作台）或 sip",
        en="The first agent's telephone: browser (the desk) or sip",
    ),
    "administrator": Bilingual(
        zh="管理员的登录名",
        en="Sign-in name of the administrator",
    ),
    "agent": Bilingual(
        zh="第一位坐席的登录名",
        en="Sign-in name of the first agent",
    ),
    "model": Bilingual(
        zh="语音模型的文件夹（留空：本机已有的）",
        en="Folder of a speech model (empty: the one that is here)",
    ),
}


def ask(told: Mapping[str, Any], prompt: Callable[[str, str], str], language: str) -> InstallationAnswers:
    """Ask what was not told. `prompt` shows a question with its default and returns what was typed.

    Raises `InstallationStopped` where something that was told is wrong.
    """
    known = dict(told)
    for key in KEYS:
        if key in told:
            continue
        while True:
            default = getattr(understood(known), key)
            typed = prompt(QUESTIONS[key].in_language(language), shown(default))
            try:
                understood({**known, key: said(key, typed)})
            except InstallationStopped as wrong:
                prompt(f"{wrong.detail}; Enter", "")
                continue
            known[key] = said(key, typed)
            break
    return understood(known)


def shown(answer: Any) -> str:
    """As a person types it."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return ",".join(answer) if isinstance(answer, tuple) else str(answer)
