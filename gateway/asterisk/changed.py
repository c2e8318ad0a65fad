"""What people changed at the desk, as text that the switch's configuration includes. Pure.

A value that is as rendered gives no line: an absent file and an empty one are the same to the switch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.asterisk.outside import OutgoingLimits
from gateway.asterisk.settings import AsteriskSettings, QueueSettings

HEAD: Final = "; What was changed at the desk. Written by songhua; see it with: songhua settings list\n"
RELOAD_QUEUES: Final = "module reload app_queue.so"
"""Reads queues.conf again: callers keep their places, and agents who are signed in stay."""
RELOAD_DIALPLAN: Final = "module reload pbx_config.so"
"""Reads the dialplan and its globals again: a call goes on where it is."""
LIMITS: Final = (
    "allowed", "hours", "outside_hours", "user_at_once", "user_per_minute", "total_at_once",
    "total_per_minute",
)  # fmt: skip


def queue_text(settings: AsteriskSettings, queue: QueueSettings) -> str:
    """What the queue's section of queues.conf includes."""
    rendered = next(one for one in settings.queues if one.name == queue.name)
    before = _queue_lines(settings, rendered)
    lines = [line for line in _queue_lines(settings, queue) if line not in before]
    return HEAD + "".join(f"{line}\n" for line in lines)


def _queue_lines(settings: AsteriskSettings, queue: QueueSettings) -> list[str]:
    prompt = f"{settings.directories.prompts}/{settings.languages[0]}/{queue.reassure}"
    return [
        f"strategy = {queue.strategy}",
        f"timeout = {queue.ring_seconds}",
        f"retry = {queue.retry_seconds}",
        f"weight = {queue.weight}",
        f"maxlen = {queue.capacity}",
        f"periodic-announce = {prompt}",
        f"periodic-announce-frequency = {queue.reassure_seconds}",
    ]


def overflow_text(settings: AsteriskSettings, queues: Sequence[QueueSettings]) -> str:
    """Globals of the dialplan: where callers of a queue go on, and after how many seconds."""
    rendered = {queue.name: queue for queue in settings.queues}
    text = HEAD
    for queue in queues:
        before = rendered.get(queue.name)
        if before is None:
            continue
        if queue.overflow_to != before.overflow_to:
            text += f"OVERFLOW_TO_{queue.name} = {queue.overflow_to or ''}\n"
        if queue.overflow_after_s != before.overflow_after_s:
            text += f"OVERFLOW_AFTER_{queue.name} = {queue.overflow_after_s}\n"
    return text


def limits_text(
    settings: AsteriskSettings, limits: OutgoingLimits, trunks: Mapping[str, tuple[int, int]]
) -> str:
    """Globals of the dialplan. `trunks`: calls at once and calls a minute, by name."""
    text = HEAD
    for name in LIMITS:
        wanted, before = getattr(limits, name), getattr(settings.outside.limits, name)
        if wanted != before:
            said = "-".join(wanted) if isinstance(wanted, tuple) else wanted
            text += f"LIMIT_{name.upper()} = {said}\n"
    for trunk in settings.trunks:
        at_once, per_minute = trunks.get(trunk.name, (trunk.calls_at_once, trunk.calls_per_minute))
        if at_once != trunk.calls_at_once:
            text += f"TRUNK_AT_ONCE_{trunk.name} = {at_once}\n"
        if per_minute != trunk.calls_per_minute:
            text += f"TRUNK_PER_MINUTE_{trunk.name} = {per_minute}\n"
    return text
