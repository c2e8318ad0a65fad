"""Words that name no problem though they hold its name: orders to a machine, and likenesses."""

from __future__ import annotations

import re

from cases.drafting.classify.port import Span

_ORDERS = re.compile(
    r"(?:把|将|请|给)?[^，。！？；,]{0,6}(?:类别|分类|类型|种类|案由|紧急程度|优先级|级别|字段|工单类|状态|承办)[^，。！？；,]{0,4}"
    r"(?:设|改|填|选|标|写|定|归|置|弄|调)(?:成|为|到|上|置)?[^，。！？；,]{0,20}"
    r"|(?:直接)?(?:标成|设成|改成|设置成|设置为)(?:已立案|特急|最高|最急|紧急|已办结)[^，。！？；,]{0,20}"
    r"|(?:忽略|无视|忘掉|不用管)[^，。！？；,]{0,8}(?:指令|提示|规则|命令)[^。！？；]{0,40}"
    r"|\b(?:ignore|disregard|forget)\b[^.!?;,]{0,30}\b(?:instruction|prompt|rule|message)s?\b[^.!?;]{0,80}"
    r"|\b(?:set|change|mark|put|switch|make)\b[^.!?;,]{0,30}\b(?:category|urgency|priority|urgent|field|type)"
    r"\b[^.!?;,]{0,40}"
    r"|\b(?:choose|select|use|pick)\b[^.!?;,]{0,40}\b(?:as|for) (?:the |a )?(?:category|type|priority)\b"
    r"[^.!?;,]{0,20}",
    re.IGNORECASE,
)


_SIMILES = re.compile(r"(?:跟|像|好像|就像)[^，。！？；,]{1,10}?(?:似的|一样|一般)")


def similes(text: str) -> list[Span]:
    """What something is only likened to ("like a rubbish tip"), in Chinese."""
    return [match.span() for match in _SIMILES.finditer(text)]


def orders(text: str) -> list[Span]:
    """Where a text gives orders to whoever writes the form by machine."""
    return [match.span() for match in _ORDERS.finditer(text)]
