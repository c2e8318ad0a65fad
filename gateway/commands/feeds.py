"""`songhua feeds`: systems that post events, what came of them, and a signed test."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPSHandler, Request, build_opener
from uuid import uuid4

import typer

from core.http_client import NoRedirect
from gateway.commands.acting import operator
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.settings import Settings
from gateway.tls.client import for_others, for_own
from identity.audit.service import AuditTrail
from sensing.feeds.errors import NoSuchFeed
from sensing.feeds.http import FeedEvents, FeedView, feed_events_view, feed_view
from sensing.feeds.service import FeedRegister
from sensing.feeds.settings import FeedSettings
from sensing.feeds.signing import key_of, signed_headers

TIMEOUT_S = 10.0
app = typer.Typer(
    help="Feeds of other systems: list, show, post a signed test. 外部事件。", no_args_is_help=True
)
NameArgument = Annotated[str, typer.Argument(help="Its name in [sensing.feeds].")]


@app.callback()
def feeds() -> None:
    """Systems that post events."""


@app.command("list")
def list_feeds(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """All feeds: the last event, what waits, what was refused, which are silent."""
    settings = load(config)

    async def work() -> list[FeedView]:
        async with open_storage(settings) as storage:
            register = FeedRegister(storage, settings.sensing.feeds, AuditTrail(storage), None, 0)
            return [feed_view(one) for one in await register.listed(operator())]

    found = run(work())
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        out.print(_line(one), highlight=False, soft_wrap=True)


@app.command()
def show(name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """A feed, and its newest events with their plates masked."""
    settings = load(config)

    async def work() -> FeedEvents:
        async with open_storage(settings) as storage:
            register = FeedRegister(storage, settings.sensing.feeds, AuditTrail(storage), None, 0)
            return feed_events_view(*await register.one(operator(), name))

    found = run(work())
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    out.print(_line(found.feed), highlight=False, soft_wrap=True)
    for one in found.events:
        pictures = ", ".join(f"{it.fate} {it.sha256[:12]}" for it in one.pictures)
        words = [f"{one.received_at:%Y-%m-%d %H:%M:%S}Z", one.source_id, one.kind, one.plate, one.place]
        out.print(
            "  ".join([*filter(None, words), one.state.value, pictures]), highlight=False, soft_wrap=True
        )


@app.command("test")
def post_test(
    name: NameArgument,
    to: Annotated[str, typer.Option("--to", help="The address; without it this machine's own.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Post a signed event of now, as the feed would. It becomes a draft that says it is a test."""
    settings = load(config)
    if name not in settings.sensing.feeds:
        fail(NoSuchFeed.title, "see songhua feeds list", FAILED)
    feed = settings.sensing.feeds[name]
    body = json.dumps(sample(feed), ensure_ascii=False).encode()
    url = to or _own_address(settings, name)
    own = settings.web.tls if not to else None
    status, told = _post(url, feed, body, for_others(settings.tls) if own is None else for_own(own))
    if as_json:
        print_json({"address": url, "status": status, "answer": told})
    else:
        said = told.get("event_id") or told.get("title") or "no answer"
        out.print(f"{url}: {status} {said}", highlight=False, soft_wrap=True)
    if status != 202:
        raise typer.Exit(FAILED)


def sample(feed: FeedSettings) -> dict[str, Any]:
    """An event of now in the source's own form."""
    now = datetime.now(UTC)
    told = {
        "event_id": f"test-{uuid4().hex}", "occurred_at": now.isoformat(), "kind": "test",
        "text": "测试：请不要处理",
    }  # fmt: skip
    document: dict[str, Any] = {}
    for field, value in told.items():
        *above, last = feed.fields.get(field, field).split(".")
        node = document
        for part in above:
            node = node.setdefault(part, {})
        node[last] = value
    return document


def _own_address(settings: Settings, name: str) -> str:
    web = settings.web
    host = "127.0.0.1" if web.host in {"0.0.0.0", "::"} else web.host  # noqa: S104  # it is asked, not bound
    scheme = "http" if web.tls is None else "https"
    port = str(web.port)
    if web.port == 0 and web.port_file is not None and web.port_file.exists():
        port = web.port_file.read_text(encoding="utf-8").strip()
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/api/feed-events/{name}"


def _post(url: str, feed: FeedSettings, body: bytes, trust: ssl.SSLContext) -> tuple[int, Mapping[str, Any]]:
    """Status (0: nobody answered) and what was answered."""
    key = key_of(feed.secret.get_secret_value())
    headers = signed_headers(key, f"evt_{uuid4().hex}", int(datetime.now(UTC).timestamp()), body)
    if not url.startswith(("http://", "https://")):
        raise typer.BadParameter("an address is http://… or https://…", param_hint="--to")
    opener = build_opener(NoRedirect, HTTPSHandler(context=trust))
    try:
        with opener.open(Request(url, body, headers), timeout=TIMEOUT_S) as answer:  # noqa: S310
            return answer.status, _json(answer.read(65536))
    except HTTPError as error:
        return error.code, _json(error.read(65536))
    except (URLError, OSError) as error:
        return 0, {"title": str(getattr(error, "reason", error))}


def _json(data: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(data)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _line(one: FeedView) -> str:
    last = "never" if one.last is None else f"{one.last:%Y-%m-%d %H:%M:%S}Z"
    refused = ", ".join(f"{why} {many}" for why, many in sorted(one.refused.items()))
    state = "silent" if one.silent else "up"
    waits = f"waiting {one.waiting}/{one.most_waiting}"
    return f"{one.name}  {one.title}  {state}  last {last}  events {one.events}  {waits}" + (
        f"  refused: {refused}" if refused else ""
    )
