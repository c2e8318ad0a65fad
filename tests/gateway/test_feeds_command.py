"""`songhua feeds`: what came, and a signed test that a server of another make believes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from core.private import write_private
from tests.gateway.test_places_commands import Shell
from tests.peers.simulated_feed_source import SimulatedFeedSource

SECRET = "the-secret-of-the-police"


@contextmanager
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server, and the bodies that were signed with the secret."""
    believed: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            at, name = int(self.headers["webhook-timestamp"]), self.headers["webhook-id"]
            ours = SimulatedFeedSource(SECRET).signed(body, at=at, message_id=name)
            good = ours["webhook-signature"] == self.headers["webhook-signature"]
            if good:
                believed.append(body)
            self.send_response(202 if good else 403)
            self.end_headers()
            self.wfile.write(b'{"event_id": "x", "again": false}')

        def log_message(self, *_args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/feed-events/police", believed
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_operator_lists_feeds_and_posts_a_signed_test(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    secret = tmp_path / "secret"
    write_private(secret, SECRET.encode())
    with (tmp_path / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            f'[sensing.feeds.police]\ntitle = "电子警察"\nsecret_file = "{secret}"\n'
            'fields = { event_id = "head.id", occurred_at = "head.at" }\n'
        )
    (listed,) = shell("feeds", "list")
    assert (listed["name"], listed["events"], listed["last"], listed["refused"]) == ("police", 0, None, {})
    assert shell("feeds", "show", "police")["events"] == []
    assert SECRET not in str(listed)
    shell("feeds", "show", "nobody", code=1)
    with receiver() as (address, believed):
        told = shell("feeds", "test", "police", "--to", address)
    assert (told["status"], told["answer"]["event_id"]) == (202, "x")
    (body,) = believed
    assert json.loads(body)["head"]["id"].startswith("test-")
    assert shell("feeds", "test", "police", "--to", address, code=1)["status"] == 0
