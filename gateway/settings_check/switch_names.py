"""Names of queues, agents, trunks and radios: twice there, or named and not there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.asterisk.outside import CHINA, DESTINATIONS
from gateway.asterisk.settings import UNIT_PAGES
from gateway.settings_check.dial_patterns import overlap
from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake, entries, path_of, value_at
from gateway.settings_check.model_fields import nearest

_ENDPOINTS: Final = ("trunks", "agents", "radios")
_LISTS: Final = (
    ("hotline.queues", ""), ("hotline.reasons", "code"), ("hotline.handovers", "service"),
    ("hotline.alarms.people", "user"), ("asterisk.outside.trunks", ""), ("asterisk.emergency.trunks", ""),
    ("asterisk.emergency.numbers", ""), ("field.escalation.bearers", ""), ("asterisk.languages", ""),
)  # fmt: skip


def names_of(told: Mapping[str, Any], kind: str) -> list[str]:
    """Names of `[[asterisk.KIND]]`."""
    found = [str(one["name"]) for _, one in entries(told, "asterisk", kind) if "name" in one]
    return ["hotline"] if kind == "queues" and value_at(told, ("asterisk", "queues")) is None else found


def doubled(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """Names that stand there twice: the second would take the first one's place."""
    yield from _twice([(path, one.get("name")) for path, one in entries(told, "asterisk", "queues")], "queue")
    seen: dict[str, str] = {UNIT_PAGES: "the units' pages"}
    for kind in _ENDPOINTS:
        for path, one in entries(told, "asterisk", kind):
            name, what = one.get("name"), kind.removesuffix("s")
            if isinstance(name, str) and name in seen:
                said = f"{name} is also the name of {_a(seen[name])}: endpoints share their names"
                yield Mistake((*path, "name"), said, f"give this {what} another name")
            elif isinstance(name, str):
                seen[name] = what
    for key, part in _LISTS:
        found = value_at(told, path_of(key))
        rows = found if isinstance(found, list | tuple) else ()
        values = [
            ((*path_of(key), number), one.get(part) if part and isinstance(one, Mapping) else one)
            for number, one in enumerate(rows)
        ]
        yield from _twice(values, part or "entry", inner=part)
    yield from _extensions(told)


def _twice(values: Sequence[tuple[KeyPath, Any]], what: str, inner: str = "name") -> Iterator[Mistake]:
    seen: set[str] = set()
    for path, value in values:
        if isinstance(value, str) and value in seen:
            at = (*path, inner) if inner else path
            yield Mistake(
                at, f"the {what} {value} stands there twice", "give it another name, or take one out"
            )
        elif isinstance(value, str):
            seen.add(value)


def _a(what: str) -> str:
    return what if what.startswith("the ") else f"an {what}" if what[0] in "aeiou" else f"a {what}"


def _extensions(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """Ranges of numbers under two kinds: only the first kind's rules would hold for what both have."""
    here = value_at(told, ("asterisk", "outside", "destinations"))
    if not isinstance(here, Mapping):
        return
    kinds = {kind: here.get(kind, CHINA[kind]) for kind in DESTINATIONS}
    for kind, patterns in here.items():
        for number, one in enumerate(patterns if isinstance(patterns, list | tuple) else ()):
            for other, others in kinds.items():
                clash = next(
                    (
                        two
                        for two in others
                        if isinstance(one, str) and other != kind and overlap(one, str(two))
                    ),
                    None,
                )
                if clash is not None and (
                    other not in here or list(here).index(other) < list(here).index(kind)
                ):
                    path = ("asterisk", "outside", "destinations", str(kind), number)
                    yield Mistake(
                        path,
                        f"{one} and {clash} of {other} hold the same numbers",
                        "narrow one of the two patterns",
                    )


def unknown(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """Names that lead nowhere."""
    if value_at(told, ("asterisk",)) is None:
        return
    queues, agents = names_of(told, "queues"), names_of(told, "agents")
    trunks, radios = names_of(told, "trunks"), names_of(told, "radios")
    for path, name in _named(told, "asterisk.default_queue", "hotline.queues"):
        yield from _missing(path, name, queues, "[[asterisk.queues]]")
    for path, queue in entries(told, "asterisk", "queues"):
        yield from _queue(path, queue, queues, agents)
    yield from _circles(told)
    for path, name in _named(
        told, "asterisk.outbound_trunk", "asterisk.outside.trunks", "asterisk.emergency.trunks"
    ):
        yield from _missing(path, name, trunks, "[[asterisk.trunks]]")
        yield from _silent(told, path, name)
    routes = value_at(told, ("asterisk", "outside", "routes"))
    for kind in routes if isinstance(routes, Mapping) else ():
        for path, name in _named(told, f"asterisk.outside.routes.{kind}"):
            yield from _missing(path, name, trunks, "[[asterisk.trunks]]")
    for path, one in entries(told, "radio", "sip_radio", "talkgroups"):
        yield from _missing((*path, "endpoint"), one.get("endpoint"), radios, "[[asterisk.radios]]")
    yield from _hotline(told)


def _hotline(told: Mapping[str, Any]) -> Iterator[Mistake]:
    told_queues = value_at(told, ("hotline", "queues"))
    served = [str(one) for one in told_queues] if isinstance(told_queues, list) else ["hotline"]
    needs = value_at(told, ("hotline", "needs"))
    for name in needs if isinstance(needs, Mapping) else ():
        yield from _missing(("hotline", "needs", name), name, served, "hotline.queues")
    for path, name in _named(told, "cases.report_offers.queue"):
        yield from _missing(path, name, served, "hotline.queues: agents serve no such queue")
    languages = value_at(told, ("cases", "report_offers", "languages"))
    for code, name in (languages if isinstance(languages, Mapping) else {}).items():
        yield from _missing(("cases", "report_offers", "languages", code), name, served, "hotline.queues")
    numbers = value_at(told, ("asterisk", "emergency", "numbers")) or ["110", "119", "120", "122"]
    aliases = value_at(told, ("asterisk", "emergency", "aliases"))
    for alias, name in (aliases if isinstance(aliases, Mapping) else {}).items():
        path = ("asterisk", "emergency", "aliases", alias)
        yield from _missing(path, name, [str(one) for one in numbers], "asterisk.emergency.numbers")


def _named(told: Mapping[str, Any], *keys: str) -> Iterator[tuple[KeyPath, Any]]:
    for key in keys:
        found = value_at(told, path_of(key))
        if isinstance(found, list | tuple):
            yield from (((*path_of(key), number), one) for number, one in enumerate(found))
        elif isinstance(found, str) and found:
            yield path_of(key), found


def _missing(path: KeyPath, name: Any, known: Sequence[str], where: str) -> Iterator[Mistake]:
    if isinstance(name, str) and name and name not in known:
        meant = nearest(name, known)
        add = f"there are: {', '.join(known)}; or add it" if known else "there are none: add it"
        remedy = f"did you mean {meant}?" if meant else add
        yield Mistake(path, f"{name} is not among {where}", remedy)


def _queue(
    path: KeyPath, queue: Mapping[str, Any], queues: Sequence[str], agents: Sequence[str]
) -> Iterator[Mistake]:
    over = queue.get("overflow_to")
    if isinstance(over, str) and over == queue.get("name"):
        yield Mistake((*path, "overflow_to"), "a queue cannot flow over into itself", "name another queue")
    else:
        yield from _missing((*path, "overflow_to"), over, queues, "[[asterisk.queues]]")
    if queue.get("overflow_after_s") and not over:
        yield Mistake((*path, "overflow_after_s"), "there is no queue to go on to", "set overflow_to")
    members = queue.get("fallback_members")
    for number, name in enumerate(members if isinstance(members, list) else ()):
        yield from _missing((*path, "fallback_members", number), name, agents, "[[asterisk.agents]]")


def _circles(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """Callers would go round for ever."""
    over = {one.get("name"): one.get("overflow_to") for _, one in entries(told, "asterisk", "queues")}
    for path, queue in entries(told, "asterisk", "queues"):
        seen, here = [queue.get("name")], queue.get("overflow_to")
        while here is not None and here not in seen:
            seen.append(here)
            here = over.get(here)
        if here is not None and here == seen[0] and len(seen) > 1:
            way = " → ".join(str(one) for one in (*seen, here))
            yield Mistake(
                (*path, "overflow_to"),
                f"callers go round: {way}",
                "let the last queue keep its callers",
                "warning",
            )


def _silent(told: Mapping[str, Any], path: KeyPath, name: Any) -> Iterator[Mistake]:
    for _, trunk in entries(told, "asterisk", "trunks"):
        if trunk.get("name") == name and not trunk.get("contact"):
            yield Mistake(
                path,
                f"{name} has no contact, and calls cannot go out on it",
                "give that trunk a contact: the carrier's address",
            )


def unserved(checked: CheckedSettings) -> Iterator[Mistake]:
    """Queues in which nobody would ever be rung."""
    asterisk = checked.settings.asterisk
    if asterisk is None or not checked.says(("asterisk", "queues")):
        return
    for path, queue in entries(checked.told, "asterisk", "queues"):
        name = queue.get("name")
        if (
            name not in checked.settings.hotline.queues
            and not queue.get("fallback_members")
            and not queue.get("overflow_to")
        ):
            what = f"no agent serves the queue {name}: callers wait there for ever"
            yield Mistake(
                (*path, "name"), what, "add it to hotline.queues, or give it fallback_members", "warning"
            )
