"""What an e-mail to a reporter says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import quote
from uuid import UUID

from citizen.mails.ports import NoticeMail
from citizen.mails.store import MailReader
from citizen.messages.model import (
    MailTemplate,
    MessageLanguage,
    MessageRules,
    TemplateName,
    filled,
    own_code,
)

LINK: Final = "{link}"
"""Stands in a stored e-mail for the link to its report, which is filled in when it leaves."""
CODE: Final = "{code}"
"""The same for the report's own number and code, where its case has no code that may be asked for."""
_LINK: Final = re.compile(r"https://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class Site:
    """Where citizens reach us: `https://report.city.example`."""

    url: str

    def follow(self, number: str, code: str) -> str:
        """The page of one report. What follows # stays in the browser: no log has the code."""
        return f"{self.url}/citizen/#follow={quote(number)},{quote(code)}"

    def choice(self, key: str) -> str:
        """The page on which a reader stops e-mails, or has them again."""
        return f"{self.url}/citizen/#mails={key}"

    def stop(self, key: str) -> str:
        """What a mail program's own button posts to."""
        return f"{self.url}/api/citizen/mails/{key}/stop"


def written(
    rules: MessageRules, name: TemplateName, language: MessageLanguage, words: Mapping[str, str]
) -> str:
    """Subject, an empty line, and what it says; the end with its link is added when it leaves."""
    template: MailTemplate = rules.mail_template(name)
    zh = language == "zh"
    subject = rules.signature + filled(template.subject_zh if zh else template.subject_en, words)
    return f"{subject}\n\n{filled(template.zh if zh else template.en, words)}"


def mail_of(  # what one e-mail is made of
    rules: MessageRules,
    message_id: UUID,
    text: str,
    to: MailReader,
    *,
    language: MessageLanguage,
    site: Site,
    key: str,
) -> NoticeMail:
    """`text` as `written` gave it, with `LINK` where the link to the report goes, and `CODE` its code."""
    subject, _, body = text.partition("\n\n")
    body = body.replace(LINK, site.follow(to.number, to.code)).replace(CODE, own_code(to.number, to.code))
    end = filled(rules.mail_end_zh if language == "zh" else rules.mail_end_en, {"stop": site.choice(key)})
    whole = f"{body.strip()}\n\n-- \n{end}\n"
    return NoticeMail(
        message_id=f"<{message_id}@songhua>",
        to=to.address,
        subject=" ".join(subject.split()),
        text=whole,
        html=_page(whole, "zh-CN" if language == "zh" else "en"),
        stop_url=site.stop(key),
    )


def _page(text: str, language: str) -> str:
    paragraphs = "".join(f"<p>{_linked(part)}</p>" for part in text.strip().split("\n\n"))
    return f'<!doctype html><html lang="{language}"><body>{paragraphs}</body></html>'


def _linked(text: str) -> str:
    """Lines with their addresses as links, all else escaped."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        link = escape(found[0], quote=True)
        parts += [escape(text[at : found.start()]), f'<a href="{link}">{link}</a>']
        at = found.end()
    return "".join((*parts, escape(text[at:]))).replace("\n", "<br>")
