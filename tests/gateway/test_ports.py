"""Every port is in the list: of the settings, and those that Asterisk and the broker are told to open."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.asterisk.render import render
from gateway.cli import build
from gateway.commands.broker import render_command
from gateway.listeners.model import Bound, ListeningSocket, Peers
from gateway.listeners.nft import ruleset
from gateway.listeners.page import PAGE, RULES, everything, page, rules
from gateway.listeners.table import BROKER_TLS_WS, LISTENERS, OUTGOING
from gateway.mqtt import mosquitto
from gateway.settings import Settings
from tests.gateway.documents import settings_schema
from tests.peers.checkout import CHECKOUT

OPENS = re.compile(r"^\s*(?:tls|ws)?(?:bind(?:addr|port)?|port|rtpstart|rtpend)\s*=\s*(\S+)", re.MULTILINE)


def ports_of_settings(schema: dict[str, Any]) -> Iterator[str]:
    """Places of integers that may be a port: `asterisk.radios[].port`."""

    def walk(one: dict[str, Any], place: str, seen: tuple[str, ...]) -> Iterator[str]:
        if "$ref" in one:
            name = one["$ref"].rpartition("/")[2]
            if name not in seen:
                yield from walk(schema["$defs"][name], place, (*seen, name))
        for key in ("anyOf", "allOf", "oneOf"):
            for part in one.get(key, ()):
                yield from walk(part, place, seen)
        if isinstance(one.get("items"), dict):
            yield from walk(one["items"], f"{place}[]", seen)
        for key, part in one.get("properties", {}).items():
            yield from walk(part, f"{place}.{key}" if place else key, seen)
        if one.get("type") == "integer" and one.get("maximum") == 65535:
            yield place

    return walk(schema, "", ())


def opened(text: str) -> set[int]:
    """Ports in one of Asterisk's files: `bind = 127.0.0.1:5060`, `port = 5038`."""
    found = set()
    for value in OPENS.findall(text):
        last = value.rpartition(":")[2] if value.count(":") == 1 else value
        if last.isdecimal():
            found.add(int(last))
    return found


def listed(settings: Settings, by: str) -> set[int]:
    bound = [where for one in LISTENERS if one.by == by for where in one.bound(settings)]
    return {port for where in bound for port in (where.first, where.last) if port}


def beyond_loopback(settings: Settings) -> Iterator[tuple[ListeningSocket, Bound]]:
    """What somebody on another machine can reach."""
    for listener in LISTENERS:
        for one in listener.bound(settings):
            if not one.is_loopback:
                yield listener, one


def test_every_port_of_the_settings_is_listed() -> None:
    places = {place for one in LISTENERS for place in one.places} | set(OUTGOING)
    found = set(ports_of_settings(settings_schema()))
    assert len(found) > 15
    assert found - places == set(), "add it to gateway/listeners/table.py: who listens, and who must reach it"
    unknown = {place for place in places if place.rpartition(".")[2] not in {"bind", "host", "listen_host"}}
    assert {place for place in unknown if not place.endswith("_host")} <= found


def test_every_port_that_asterisk_is_told_to_open_is_listed(tmp_path: Path) -> None:
    settings = everything()
    assert settings.asterisk is not None
    ports = {
        "sip": 15060,
        "http": 15061,
        "ami": 15062,
        "fastagi": 15063,
        "rtp_first": 15070,
        "rtp_last": 15099,
    }
    switch = type(settings.asterisk).model_validate(settings.asterisk.model_dump() | {"ports": ports})
    settings = settings.model_copy(update={"asterisk": switch})
    written = {
        file.name: opened(file.read_text()) for file in render(switch, tmp_path) if file.suffix == ".conf"
    }
    assert set().union(*written.values()) == listed(settings, "Asterisk"), written


def test_every_listener_of_the_broker_is_listed(tmp_path: Path) -> None:
    for file in ("chain.pem", "key.pem"):
        (tmp_path / file).touch()
    given = {
        name: one.default
        for name, one in inspect.signature(render_command).parameters.items()
        if name.endswith("port")
    }
    made = mosquitto.render(
        tmp_path / "broker",
        tenant="t",
        tcp_port=Settings().mqtt.port,
        ws_port=given["ws_port"],
        plugin=tmp_path / "plugin.so",
        tls=mosquitto.Tls(
            tmp_path / "chain.pem", tmp_path / "key.pem", given["tls_port"], given["tls_ws_port"]
        ),
    )
    found = {int(port) for port in re.findall(r"^listener (\d+)", made.config.read_text(), re.MULTILINE)}
    assert found == listed(Settings(), "Mosquitto") == {Settings().mqtt.port, *given.values()}


def test_where_the_roles_speak_tls_the_broker_has_no_plain_listener() -> None:
    settings = Settings.model_validate({"mqtt": {"tls": True, "port": 18883}})
    assert listed(settings, "Mosquitto") == {18883, BROKER_TLS_WS}
    assert "tcp dport 18883 accept" in ruleset(settings)


def test_every_port_of_the_shipped_turn_server_is_listed() -> None:
    text = (CHECKOUT / "deploy" / "coturn" / "turnserver.conf").read_text(encoding="utf-8")
    found = {int(port) for port in re.findall(r"^[a-z-]*port=(\d+)$", text, re.MULTILINE)}
    assert len(found) == 4
    assert found == listed(everything(), "coturn")


def test_the_kept_page_and_the_kept_rules_are_the_generated_ones() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m gateway.listeners.page"
    assert RULES.read_text(encoding="utf-8") == rules(), "run: python -m gateway.listeners.page"


def test_what_is_on_loopback_has_no_rule_and_what_is_not_has_one_for_each_that_must_reach_it() -> None:
    usual = ruleset(everything())
    assert "dport 8080" not in usual
    assert "dport 5038" not in usual
    text = rules()
    assert "dport 5038" not in text
    for listener, where in beyond_loopback(everything(bind="10.0.0.4")):
        for peer in listener.peers:
            assert f"ip saddr @{peer} {listener.protocol} dport {where.ports} accept" in text
    assert text.count("set ") - text.count("# ") < len(Peers) + 10
    assert "policy drop" in text


def test_by_default_nothing_of_ours_is_reached_from_outside() -> None:
    """What the roles themselves open; RTP, the proxy and the broker's TLS are others' programs."""
    ours = {"centre", "speech", "radio", "radio, speech"}
    assert [one.name for one, _ in beyond_loopback(everything()) if one.by in ours] == []


@pytest.mark.parametrize("words", [[], ["--json"], ["--nft"]])
def test_the_command_tells_them_for_the_own_settings(tmp_path: Path, words: list[str]) -> None:
    config = tmp_path / "songhua.toml"
    config.write_text("[web]\nport = 18080\n[speech]\nport = 19092\nhost = '10.0.0.4'\n", encoding="utf-8")
    done = CliRunner(env={"COLUMNS": "300"}).invoke(
        build(["ports"]), ["ports", "--config", str(config), *words]
    )
    assert done.exit_code == 0, done.output
    assert "19092" in done.output
    if words == ["--json"]:
        assert {"web", "live audio"} <= {one["name"] for one in json.loads(done.output)}
    if words == ["--nft"]:
        assert 'ip saddr @switch tcp dport 19092 accept comment "live audio (speech)"' in done.output
