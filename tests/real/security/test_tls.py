"""Connections from outside are encrypted and checked, and a renewed certificate ends none of them."""

from __future__ import annotations

import asyncio
import re
import signal
import ssl
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from core.clock import SystemClock
from field.contract.mobile import topics
from gateway.asterisk.included import IncludedFile
from gateway.asterisk.settings import AsteriskSettings, QueueSettings, Trunk
from gateway.mqtt import BrokerAway, BrokerSettings, MqttLink
from gateway.mqtt.mosquitto import Tls, render
from gateway.phone_passwords.model import HEAD
from gateway.phone_passwords.service import RELOAD, SessionPasswords
from gateway.tls.folder import TlsFolder
from tests.mqtt.broker import TENANT, RenderedBroker
from tests.mqtt.field import no_leaks
from tests.peers.ami_listener import AmiListener
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.hostile_sip import HostileSip
from tests.peers.ports import free_port, free_port_range, release
from tests.peers.tls import NAMES, encrypted, private_authority
from tests.waiting import until, wait_for

pytestmark = pytest.mark.real

UNIT = "app:17"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TlsFolder:
    return private_authority(tmp_path_factory.mktemp("tls"))


# --- the broker -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EncryptedBroker:
    broker: RenderedBroker
    port: int
    authority: TlsFolder

    def link(self, ca: Path | None, *, tls: bool = True, port: int = 0) -> MqttLink:
        account: BrokerSettings = self.broker.settings(UNIT)
        wanted = {"port": port or self.port, "tls": tls, "ca_file": ca}
        return MqttLink(account.model_copy(update=wanted), client_id=UNIT)

    def shown(self) -> str:
        """The certificate that a new connection gets, as PEM."""
        return ssl.get_server_certificate(
            ("127.0.0.1", self.port), ca_certs=str(self.authority.authority.certificate)
        )


@pytest.fixture(scope="module")
def broker(authority: TlsFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EncryptedBroker]:
    """With TLS alone, as `songhua broker render` writes it where [mqtt] tls is set."""
    folder = tmp_path_factory.mktemp("broker")
    made = RenderedBroker(folder, units={UNIT: "password-17"})
    port, ws_port = free_port(), free_port()
    files = authority.service("broker")
    render(
        folder, tenant=TENANT, tcp_port=made.port, ws_port=made.websocket_port, plain=False,
        tls=Tls(files.certificate, files.key, port, ws_port, "127.0.0.1"),
    )  # fmt: skip
    made.listens_on(port, ws_port)
    made.start()
    yield EncryptedBroker(made, port, authority)
    made.close()
    release(port)
    release(ws_port)


@pytest.fixture
async def _nothing_left() -> AsyncIterator[None]:
    async with no_leaks():
        yield


@pytest.mark.usefixtures("_nothing_left")
async def test_a_terminal_trusts_the_city_authority_and_keeps_its_link_while_the_certificate_is_renewed(
    broker: EncryptedBroker,
) -> None:
    link = broker.link(broker.authority.authority.certificate)
    await link.start()
    await link.wait_connected(10)
    before = broker.shown()
    broker.authority.renew(NAMES, datetime.now(UTC), force=True)
    broker.broker.program.signal(signal.SIGHUP)
    await until(lambda: broker.shown() != before, what="the renewed certificate at the broker")
    await link.publish(topics.up(TENANT, UNIT, "status"), b"{}")
    assert broker.broker.log().count(f"as {UNIT}") == 1, "the link was made anew"
    await link.stop()


@pytest.mark.usefixtures("_nothing_left")
async def test_a_broker_of_another_authority_and_one_without_tls_get_no_password(
    broker: EncryptedBroker, tmp_path: Path
) -> None:
    other = private_authority(tmp_path)
    before = broker.broker.log().count(f"as {UNIT}")
    links = [
        broker.link(other.authority.certificate),
        broker.link(None),
        broker.link(None, tls=False),
        broker.link(None, tls=False, port=broker.broker.port),
    ]
    for link in links:
        await link.start()
    for link in links:
        with pytest.raises(BrokerAway):
            await link.wait_connected(1)
        await link.stop()
    assert broker.broker.log().count(f"as {UNIT}") == before


# --- the switch -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EncryptedSwitch:
    """Telephones and the carrier speak TLS and SRTP; another carrier is left that does not."""

    switch: AsteriskPeer
    authority: TlsFolder
    folder: Path
    carrier: int
    """The port of the carrier; the next one is that for TLS."""

    @property
    def sips(self) -> int:
        return self.switch.settings.ports.sips

    def phone(
        self,
        name: str,
        *,
        authority: Path | None,
        registers: bool = True,
        srtp: bool = True,
        answer: Literal["auto", "manual"] = "auto",
    ) -> BaresipPhone:
        known = {one.name: one.secret.get_secret_value() for one in self.switch.settings.agents}
        return BaresipPhone(
            self.folder / f"{name}-{len(list(self.folder.iterdir()))}",
            name=name,
            secret=known.get(name, "nobody"),
            switch_port=self.switch.ports.sip if authority is None else self.sips,
            authority=authority,
            srtp=srtp,
            registers=registers,
            answer=answer,
        )

    def legs(self, state: str) -> list[str]:
        rows = [row.split("!") for row in self.switch.rx("core show channels concise").splitlines()]
        return [row[0] for row in rows if row[0].startswith("PJSIP/") and row[4] == state]

    def renew(self) -> None:
        """As the timer does; returns when new connections get the new certificates."""
        before = self.certificates()
        self.authority.renew(NAMES, datetime.now(UTC), force=True)
        self.switch.rx("module reload http")
        self.switch.rx("module reload res_pjsip.so")
        wait_for(lambda: not set(before) & set(self.certificates()), "renewed certificates")

    def of(self, channel: str, function: str) -> str:
        """A function of the dialplan on a channel that is up."""
        with AmiListener(self.switch) as manager:
            manager.ask("Action: Getvar", f"Channel: {channel}", f"Variable: {function}")
            # Events of other variables have values too.
            answer = re.compile(
                rb"^Variable: %s\r\nValue: (.*)\r$" % re.escape(function.encode()), re.MULTILINE
            )
            told = wait_for(lambda: answer.findall(manager.text), f"{function} of {channel}")
            return str(told[0].decode())

    def certificates(self) -> list[str]:
        """What new connections by SIP and by WSS get."""
        ca = str(self.authority.authority.certificate)
        ports = self.sips, self.switch.settings.ports.https
        return [ssl.get_server_certificate(("127.0.0.1", port), ca_certs=ca) for port in ports]


@pytest.fixture(scope="module")
def switch(authority: TlsFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EncryptedSwitch]:
    folder = tmp_path_factory.mktemp("switch")
    carrier = free_port_range(2)
    plain = private_settings(
        folder / "asterisk",
        agents=(agent("agent-1"), agent("agent-2"), agent("agent-3", browser=True)),
        queues=(QueueSettings(name="hotline", ring_seconds=20, fallback_members=("agent-1",)),),
        prompts=short_prompts(folder / "prompts"),
        rtp_ports=100,
    )
    settings = AsteriskSettings(
        **{
            **dict(encrypted(plain, authority)),
            "phone_media": "sdes",
            "session_passwords": True,
            "trunks": (
                Trunk(
                    name="carrier",
                    match=("127.0.0.1",),
                    transport="tls",
                    media="sdes",
                    contact="127.0.0.1",
                    contact_port=carrier + 1,
                    qualify_seconds=1,
                ),
                Trunk(name="elsewhere", match=("192.0.2.9",)),
            ),
        }
    )
    made = AsteriskPeer(settings)
    made.start()
    yield EncryptedSwitch(made, authority, folder, carrier)
    made.close()
    release(carrier, 2)
    release(settings.ports.sips)
    release(settings.ports.https)


def test_a_call_is_encrypted_from_the_carrier_to_the_agent_and_outlives_a_renewal(
    switch: EncryptedSwitch,
) -> None:
    trusted = switch.authority.authority.certificate
    phone = switch.phone("agent-1", authority=trusted, answer="manual")
    carrier = switch.phone("13904510001", authority=trusted, registers=False)
    try:
        phone.start()
        wait_for(lambda: switch.switch.registered("agent-1"), "a telephone that registered by TLS")
        carrier.start()
        carrier.command("dial", f"sip:12345@127.0.0.1:{switch.sips};transport=tls")
        (ringing,) = wait_for(lambda: switch.legs("Ringing"), "a telephone that rings")
        switch.renew()
        assert switch.legs("Ringing") == [ringing]
        phone.command("accept")
        up = wait_for(lambda: found if len(found := switch.legs("Up")) == 2 else [], "an answered call")
        for leg in up:
            assert switch.of(leg, "CHANNEL(rtp,secure,audio)") == "1", leg
            assert switch.of(leg, "CHANNEL(pjsip,secure)") == "1", leg
        switch.renew()
        stats = switch.switch.rx("pjsip show channelstats")
        wait_for(lambda: switch.switch.rx("pjsip show channelstats") != stats, "sound that goes on")
        assert switch.legs("Up") == up
        assert switch.switch.registered("agent-1")
        carrier.command("hangup")
        switch.switch.wait_idle()
    finally:
        carrier.close()
        phone.close()


def test_an_emergency_call_leaves_by_tls_for_a_carrier_that_proves_who_it_is(switch: EncryptedSwitch) -> None:
    trusted = switch.authority.authority.certificate
    strange, ours = (
        BaresipPhone(
            switch.folder / f"carrier-of-{authority.folder.name}", name="110", secret="none", srtp=True,
            switch_port=switch.sips, authority=trusted, registers=False, port=switch.carrier,
            certificate=(files.certificate, files.key),
        )
        for authority in (private_authority(switch.folder / "strange"), switch.authority)
        for files in (authority.service("web"),)
    )  # fmt: skip
    phone = switch.phone("agent-1", authority=trusted)
    try:
        strange.start()
        wait_for(
            lambda: "certificate is untrusted" in switch.switch.messages.read_text(), "a carrier refused"
        )
        assert " Avail " not in switch.switch.rx("pjsip show contacts")
        strange.close()
        ours.start()
        wait_for(lambda: " Avail " in switch.switch.rx("pjsip show contacts"), "a carrier that is there")
        phone.start()
        phone.command("dial", f"sip:110@127.0.0.1:{switch.sips};transport=tls")
        up = wait_for(lambda: found if len(found := switch.legs("Up")) == 2 else [], "a call to 110")
        for leg in up:
            assert switch.of(leg, "CHANNEL(rtp,secure,audio)") == "1", leg
        phone.command("hangup")
        switch.switch.wait_idle()
    finally:
        for one in (phone, strange, ours):
            one.close()


def test_sound_in_the_open_is_refused_by_tls_too(switch: EncryptedSwitch) -> None:
    trusted = switch.authority.authority.certificate
    carrier = switch.phone("13904510002", authority=trusted, registers=False, srtp=False)
    try:
        carrier.start()
        carrier.command("dial", f"sip:12345@127.0.0.1:{switch.sips};transport=tls")
        wait_for(lambda: "488 Not Acceptable" in carrier.log(), "a refusal")
    finally:
        carrier.close()


def test_a_telephone_that_does_not_speak_tls_calls_nobody_outside(switch: EncryptedSwitch) -> None:
    phone = switch.phone("agent-2", authority=None)
    try:
        phone.start()
        phone.command("dial", f"sip:13904510009@127.0.0.1:{switch.switch.ports.sip}")
        wait_for(lambda: "403 Forbidden" in phone.log() or "603" in phone.log(), "a refusal")
        with AmiListener(switch.switch) as manager:
            manager.ask(
                "Action: Originate", "Channel: PJSIP/agent-2", "Application: Wait", "Data: 1", "Async: true"
            )
            said = wait_for(
                lambda: re.findall(rb"Event: OriginateResponse.*?Response: (\w+)", manager.text, re.DOTALL),
                "the end of an attempt",
            )
        assert said == [b"Failure"]
        assert "incoming" not in phone.log().lower()
    finally:
        phone.close()


def test_a_telephone_does_not_register_at_a_switch_of_another_authority(
    switch: EncryptedSwitch, tmp_path: Path
) -> None:
    other = private_authority(tmp_path / "other")
    phone = switch.phone("agent-2", authority=other.authority.certificate)
    try:
        phone.start(until="Register: Protocol error")
        assert "certificate in certificate chain" in phone.log()
        assert not switch.switch.registered("agent-2")
    finally:
        phone.close()


async def test_a_browsers_password_ends_with_its_session_at_the_switch(switch: EncryptedSwitch) -> None:
    settings = switch.switch.settings
    endpoint, own = "agent-3", settings.agents[2].secret.get_secret_value()
    live = {"one"}

    async def still(sessions: Collection[str]) -> Collection[str]:
        return live & set(sessions)

    console = settings.directories.run / "asterisk.ctl"
    file = IncludedFile(settings.passwords_file, console, reload=RELOAD, empty=HEAD)
    passwords = SessionPasswords({endpoint: own}, file, still, SystemClock(), unclaimed_s=3600)
    await passwords.start()
    await passwords.stop()
    word = await passwords.of(endpoint, "one")
    sip = HostileSip(settings.ports.sip)
    try:
        assert await asyncio.to_thread(sip.guess, endpoint, word) == 200
        assert await asyncio.to_thread(sip.guess, endpoint, own) != 200, "what the settings say opens nothing"
        live.clear()
        await passwords.look()
        assert await asyncio.to_thread(sip.guess, endpoint, word) != 200
    finally:
        sip.close()
