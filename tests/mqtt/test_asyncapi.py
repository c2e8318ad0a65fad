"""The contract for machines is the one that the code speaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from core.events import Event
from core.ids import uuid7
from field.contract.mobile import codec
from field.contract.mobile.messages import DOWN, UP, CaseMessage, JobBody, StatusMessage
from field.events import UnitReported
from gateway.mqtt import acl, asyncapi
from gateway.mqtt.topics import matches
from radio_bridge.floor.messages import GrantMessage, Ptt

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def validator(name: str) -> Draft202012Validator:
    document = asyncapi.document()
    payload = document["components"]["messages"][name]["payload"]
    return Draft202012Validator({**payload, "components": document["components"]})


def test_the_kept_file_is_the_generated_one() -> None:
    kept = asyncapi.FILE.read_text(encoding="utf-8")
    assert kept == asyncapi.text(), "run: python -m gateway.mqtt.asyncapi"


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi.document()
    for reference in set(references(document)):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_what_the_code_sends_is_what_the_contract_says() -> None:
    body = JobBody(dispatch_id=uuid7(), case_number="N-1", category="暴露垃圾", place="中央大街")
    validator("CaseMessage").validate(json.loads(codec.encode(CaseMessage(seq=1, ts=NOW, job=body))))
    status = StatusMessage(seq=1, ts=NOW, dispatch_id=uuid7(), step="done")
    validator("StatusMessage").validate(json.loads(codec.encode(status)))
    event = UnitReported(
        unit_id="app:17", dispatch_id=uuid7(), step="done", reported_at=NOW, seq=1, msg_id=uuid7()
    )
    validator("UnitReported").validate(event.envelope())
    with pytest.raises(ValidationError):
        validator("UnitReported").validate({**event.envelope(), "type": "other"})
    with pytest.raises(ValidationError):
        validator("StatusMessage").validate({**json.loads(codec.encode(status)), "step": "finished"})


def test_every_unit_message_has_a_channel() -> None:
    addresses = {channel.address for channel in asyncapi.CHANNELS}
    for way, kinds in (("up", {**UP, "ptt": Ptt}), ("down", {**DOWN, "grant": GrantMessage})):
        for kind in kinds:
            assert f"v1/{{tenant}}/unit/{{uid}}/{way}/{kind}" in addresses


def test_who_sends_and_who_hears_may_do_so_at_the_broker() -> None:
    rules = {role: acl.role_rules("harbin", role) for role in acl.ROLES}
    rules["unit"] = acl.unit_rules("harbin", "app:17", ["phone"])
    rules["role"] = rules["speech"]
    rules["member"] = acl.unit_rules("harbin", "app:17", talkgroups=["app:daoli"])
    names = {"tenant": "harbin", "uid": "app:17", "node": "n1", "role": "speech", "device": "phone"}
    names |= {"network": "app", "gid": "daoli", "switch": "south"}
    for channel in asyncapi.CHANNELS:
        topic = re.sub(r"{(\w+)}", lambda found: names[found[1]], channel.address)
        for who, kind in ((channel.sender, "publishClientSend"), (channel.receiver, "publishClientReceive")):
            assert any(rule["acltype"] == kind and matches(rule["topic"], topic) for rule in rules[who]), (
                topic
            )


def test_personal_fields_are_marked() -> None:
    schemas = asyncapi.document()["components"]["schemas"]
    assert schemas["UnitReported"]["properties"]["note"]["x-privacy"] == "personal"
    assert issubclass(UnitReported, Event)
