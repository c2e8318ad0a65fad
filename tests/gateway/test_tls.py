"""The web with TLS: what a client may trust, what no client may do, and a certificate that is renewed."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import APIRouter, Request, Response, WebSocket
from prometheus_client import generate_latest
from starlette.requests import HTTPConnection
from typer.testing import CliRunner
from websockets.asyncio.client import connect

from core.metrics import REGISTRY
from gateway.commands.tls import app as tls_commands
from gateway.settings import BadSettings, Settings, WebSettings
from gateway.tls import authority
from gateway.tls.authority import NotVouchedFor
from gateway.tls.checks import check_certificates
from gateway.tls.client import for_own
from gateway.tls.folder import SERVICES, CertificateFiles, NoAuthority, TlsFolder
from gateway.tls.seen import look, unusable
from gateway.tls.served import CertificateUnusable
from gateway.tls.settings import ServerTls
from gateway.web import server as web_server
from gateway.web.app import WebParts, create
from gateway.web.server import WebServer
from identity.cookies import Cookies
from identity.settings import IdentitySettings
from tests.gateway.unguarded import Unguarded

NOW = datetime.now(UTC)
NAMES = ("hotline.example.org", "localhost", "127.0.0.1")
GET = b"GET /api/who HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Site:
    folder: TlsFolder
    server: WebServer

    def trust(self, file: Path | None = None) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=file or self.folder.authority.certificate)

    async def ask(self, context: ssl.SSLContext | None, name: str = "localhost", words: bytes = GET) -> str:
        """The answer's head and body; empty when the connection ends without one."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.server.port, ssl=context, server_hostname=name if context else None
        )
        writer.write(words)
        try:
            async with asyncio.timeout(10):
                head = await reader.readuntil(b"\r\n\r\n")
                return (head + await reader.read(200)).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return ""
        finally:
            writer.close()

    async def serial(self) -> int:
        """Of the certificate that a new connection is shown."""
        _reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.server.port, ssl=self.trust(), server_hostname="localhost"
        )
        shown = writer.get_extra_info("peercert")
        writer.close()
        return int(shown["serialNumber"], 16)


def routes() -> APIRouter:
    made = APIRouter()
    cookies = Cookies(IdentitySettings())

    @made.get("/who")
    async def who(request: Request, response: Response) -> dict[str, str | None]:
        cookies.set_session(request, response, "token")
        cookies.set_device(request, response, "device")
        return {"session": cookies.session_of(request)}

    @made.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text(await socket.receive_text())

    return made


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> TlsFolder:
    made = TlsFolder(tmp_path_factory.mktemp("tls"))
    made.init(NAMES, NOW)
    return made


@pytest.fixture
async def site(kept: TlsFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(web_server, "HEAD_S", 1.0)
    web = kept.services[0]
    settings = WebSettings(port=0, tls=ServerTls(certificate=web.certificate, key=web.key))
    made = WebServer(create(WebParts([routes()], tmp_path, lambda: (), Unguarded())), settings)
    await made.start()
    yield Site(kept, made)
    await made.stop()


async def test_who_trusts_the_authority_speaks_with_the_web(site: Site) -> None:
    for name in NAMES:
        answer = await site.ask(site.trust(), name)
        assert answer.startswith("HTTP/1.1 200 ")
        assert "strict-transport-security: max-age=31536000" in answer
    # As our own commands do, whatever the name.
    assert "200" in await site.ask(
        for_own(ServerTls(certificate=site.folder.services[0].certificate)), "other"
    )


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_another_name_another_authority_and_old_protocols_are_refused(
    site: Site, tmp_path: Path
) -> None:
    other = TlsFolder(tmp_path / "other")
    other.init(NAMES, NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        await site.ask(site.trust(), "other.example.org")
    with pytest.raises(ssl.SSLCertVerificationError):
        await site.ask(site.trust(other.authority.certificate))
    old = site.trust()
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await site.ask(old)
    weak = site.trust()
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers("AES128-SHA:AES256-GCM-SHA384")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await site.ask(weak)


async def test_http_without_tls_gets_no_answer_and_an_endless_handshake_is_ended(site: Site) -> None:
    assert await site.ask(None) == ""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    writer.write(b"\x16\x03\x01\x02\x00\x01")
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()


async def test_cookies_are_secure_where_the_connection_is(site: Site) -> None:
    answer = (await site.ask(site.trust())).lower()
    session, device = [line for line in answer.splitlines() if line.startswith("set-cookie")]
    assert "__host-songhua_session=token" in session
    assert "__secure-songhua_device=device" in device
    for line in (session, device):
        assert {"secure", "httponly", "samesite=strict"} <= set(line.split("; "))
    planted = GET.replace(b"\r\n\r\n", b"\r\nCookie: songhua_session=planted\r\n\r\n")
    assert "planted" not in await site.ask(site.trust(), words=planted)
    plain = HTTPConnection(
        {"type": "http", "scheme": "http", "headers": [(b"cookie", b"songhua_session=own")]}
    )
    assert Cookies(IdentitySettings()).session_of(plain) == "own"
    assert Cookies(IdentitySettings(secure_cookie=True)).session_of(plain) is None


async def test_a_renewed_certificate_is_served_and_open_sockets_go_on(site: Site) -> None:
    before = await site.serial()
    async with connect(
        f"wss://localhost:{site.server.port}/api/echo", ssl=site.trust(), host="127.0.0.1"
    ) as socket:
        web = site.folder.services[0]
        right = web.key.read_bytes()
        web.key.write_bytes(site.folder.services[1].key.read_bytes())
        site.server.reread()
        (health,) = site.server.health()
        assert health.state == "degraded"
        assert "is not the key of" in health.why
        assert await site.serial() == before
        web.key.write_bytes(right)
        site.folder.renew(NAMES, NOW, force=True)
        site.server.reread()
        assert site.server.health()[0].state == "up"
        assert await site.serial() != before
        await socket.send("still here")
        assert await socket.recv() == "still here"
    assert b'songhua_tls_certificate_ends_seconds{listener="web"}' in generate_latest(REGISTRY)


def shake_hands(*sides: ssl.SSLObject) -> None:
    for _ in range(4):
        for side in sides:
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()


def test_an_authority_whose_key_is_stolen_deceives_nobody_about_other_sites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = TlsFolder(tmp_path)
    made.init(NAMES, NOW)
    with pytest.raises(NotVouchedFor):
        made.renew(("bank.example.com",), NOW)
    monkeypatch.setattr(authority, "not_permitted", lambda _above, _names: [])
    web = made.services[0]
    stolen = authority.CertificateAndKey(
        made.authority.certificate.read_bytes(), made.authority.key.read_bytes()
    )
    forged = authority.issue(stolen, "web", ("bank.example.com",), NOW, 30)
    web.certificate.write_bytes(forged.certificate)
    web.key.write_bytes(forged.key)
    client = ssl.create_default_context(cafile=made.authority.certificate)
    inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(web.certificate, web.key)
    asking = client.wrap_bio(inward, outward, server_hostname="bank.example.com")
    answering = server.wrap_bio(outward, inward, server_side=True)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake_hands(asking, answering)


def test_our_own_commands_trust_no_other_certificate_of_its_authority(
    kept: TlsFolder, tmp_path: Path
) -> None:
    web, broker = kept.services[:2]
    chain = tmp_path / "fullchain.pem"
    chain.write_bytes(web.certificate.read_bytes() + kept.authority.certificate.read_bytes())
    trust = for_own(ServerTls(certificate=chain))

    def reach(files: CertificateFiles) -> None:
        inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(files.certificate, files.key)
        shake_hands(trust.wrap_bio(inward, outward), server.wrap_bio(outward, inward, server_side=True))

    reach(web)
    with pytest.raises(ssl.SSLCertVerificationError):
        reach(broker)


def test_certificates_are_renewed_after_two_thirds_of_their_life_or_for_a_new_name(tmp_path: Path) -> None:
    made = TlsFolder(tmp_path / "tls")
    with pytest.raises(NoAuthority):
        made.renew(NAMES, NOW)
    assert made.init(NAMES, NOW).made == ("ca", *SERVICES)
    assert made.init(NAMES, NOW).made == ()
    assert made.renew(NAMES, NOW + timedelta(days=240)).made == ()
    assert made.renew(NAMES, NOW + timedelta(days=245)).made == tuple(SERVICES)
    assert made.renew(("10.1.2.3", *NAMES), NOW + timedelta(days=245)).made == tuple(SERVICES)
    web = made.services[0]
    assert set(look(web.certificate).names) == {"10.1.2.3", *NAMES}
    # Nothing outlives the authority.
    last = NOW + timedelta(days=3600)
    made.renew(NAMES, last)
    assert look(web.certificate).ends <= look(made.authority.certificate).ends
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in made.folder.iterdir()}
    assert modes["ca.key"] == 0o600
    assert all(mode & 0o007 == 0 for name, mode in modes.items() if name.endswith(".key"))
    web.key.unlink()
    assert unusable(web.certificate, web.key)
    assert made.renew(NAMES, last).made == ("web",)


def test_a_listener_without_tls_leaves_loopback_only_when_the_settings_say_so(tmp_path: Path) -> None:
    file = tmp_path / "songhua.toml"
    for text in ('[web]\nhost = "0.0.0.0"\n', '[metrics]\nhost = "10.0.0.1"\n'):
        file.write_text(text)
        with pytest.raises(BadSettings, match="plain text"):
            Settings.load(file)
        file.write_text(text + "plain = true\n")
        settings = Settings.load(file)
        assert len(settings.plain_listeners()) == 1
        assert [one.severity for one in check_certificates(settings, NOW)] == ["warning"]


def test_a_web_without_its_certificate_does_not_start_and_the_doctor_names_one_that_ends(
    tmp_path: Path,
) -> None:
    made = TlsFolder(tmp_path)
    tls = ServerTls(certificate=tmp_path / "web.pem", key=tmp_path / "web.key")
    with pytest.raises(CertificateUnusable, match=r"web\.pem"):
        WebServer(create(WebParts([], tmp_path, lambda: (), Unguarded())), WebSettings(port=0, tls=tls))
    made.init(NAMES, NOW)
    settings = Settings(web=WebSettings(tls=tls))
    assert check_certificates(settings, NOW) == []
    (soon,) = check_certificates(settings, NOW + timedelta(days=340))
    (over,) = check_certificates(settings, NOW + timedelta(days=366))
    assert (soon.severity, over.severity) == ("warning", "fault")
    TlsFolder(tmp_path, days=20).init(NAMES, NOW, anew=True)
    assert check_certificates(settings, NOW + timedelta(days=14)) == []
    assert [one.severity for one in check_certificates(settings, NOW + timedelta(days=16))] == ["warning"]


def test_the_commands_make_renew_and_show(tmp_path: Path) -> None:
    config = tmp_path / "songhua.toml"
    config.write_text(f'[tls]\nfolder = "{tmp_path / "tls"}"\nnames = ["hotline.example.org"]\n')

    def said(*words: str, code: int = 0) -> dict[str, object]:
        done = CliRunner(env={"COLUMNS": "400"}).invoke(tls_commands, [*words, "--config", str(config)])
        assert done.exit_code == code, done.output
        return dict(json.loads(done.stdout)) if "--json" in words else {}

    said("status", "--json", code=1)
    said("renew", code=1)
    said("init", "--name", "no name", code=2)
    assert said("init", "--name", "10.9.8.7", "--json")["made"] == ["ca", *SERVICES]
    assert said("renew", "--json")["made"] == []
    assert said("renew", "--force", "--json")["made"] == list(SERVICES)
    rows = said("status", "--json")["certificates"]
    assert isinstance(rows, list)
    assert {"hotline.example.org", "10.9.8.7", "localhost"} <= set(rows[1]["names"])
    (tmp_path / "tls" / "web.key").chmod(0o644)
    said("status", code=1)
    assert os.access(tmp_path / "tls" / "ca.pem", os.R_OK)
