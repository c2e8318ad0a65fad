"""The broker's files: rights as narrow as the contract, units kept when rendered again, secrets closed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from gateway.mqtt import acl
from gateway.mqtt.credentials import parse_response
from gateway.mqtt.mosquitto import Rendered, account, render
from gateway.mqtt.topics import matches


def rendered(folder: Path, **more: Any) -> Rendered:
    return render(folder, tenant="harbin", tcp_port=11883, ws_port=11884, plugin=Path("/p.so"), **more)


def accounts(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "accounts.json").read_text())
    return found


def test_everything_that_is_not_listed_is_denied(tmp_path: Path) -> None:
    rendered(tmp_path)
    access = accounts(tmp_path)["defaultACLAccess"]
    assert not access["publishClientSend"]
    assert not access["publishClientReceive"]
    assert not access["subscribe"]
    assert "allow_anonymous false" in (tmp_path / "mosquitto.conf").read_text()


def test_rendering_again_keeps_passwords_and_units(tmp_path: Path) -> None:
    first = rendered(tmp_path, units={"app:17": "secret"})
    before = {entry["username"]: entry for entry in accounts(tmp_path)["clients"]}
    second = rendered(tmp_path)
    after = {entry["username"]: entry for entry in accounts(tmp_path)["clients"]}
    assert first.passwords == second.passwords
    assert set(after) == {"centre", "radio", "speech", "app:17"}
    assert after["app:17"] == before["app:17"]


def test_only_the_owner_reads_the_secrets(tmp_path: Path) -> None:
    rendered(tmp_path)
    for name in ("accounts.json", "passwords.json", "mosquitto.conf"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_a_password_is_not_in_the_account(tmp_path: Path) -> None:
    assert "hunter2" not in json.dumps(account("app:1", "hunter2", "unit:app:1"))


def allows(rules: list[acl.AclRule], kind: str, topic: str) -> bool:
    return any(rule["acltype"] == kind and matches(rule["topic"], topic) for rule in rules)


def test_a_unit_speaks_and_hears_for_itself_alone() -> None:
    rules = acl.unit_rules("harbin", "app:17")
    assert allows(rules, "publishClientSend", "v1/harbin/unit/app:17/up/ack")
    assert allows(rules, "publishClientSend", "v1/harbin/unit/app:17/state")
    assert allows(rules, "publishClientReceive", "v1/harbin/unit/app:17/down/case")
    for topic in (
        "v1/harbin/unit/app:18/up/ack",
        "v1/harbin/unit/app:17/down/case",
        "v1/harbin/role/radio/x",
    ):
        assert not allows(rules, "publishClientSend", topic)
    for topic in (
        "v1/harbin/unit/app:18/down/case",
        "v1/harbin/unit/app:17/up/ack",
        "v1/other/unit/app:17/down/x",
    ):
        assert not allows(rules, "publishClientReceive", topic)


@pytest.mark.parametrize("uid", ["+", "#", "", "app:17/down", "app:+", "+/+", "$SYS", "app:17/#", "a\n"])
def test_no_units_id_is_a_wildcard_or_more_than_one_level(uid: str) -> None:
    with pytest.raises(Invalid):
        acl.unit_rules("harbin", uid)
    with pytest.raises(Invalid):
        acl.unit_rules("harbin", "app:17", [uid])
    with pytest.raises(Invalid):
        acl.unit_rules("harbin", "app:17", talkgroups=[f"app:{uid}"])
    with pytest.raises(Invalid):
        acl.unit_rules(uid, "app:17")
    with pytest.raises(Invalid):
        acl.role_rules(uid, "radio")


@pytest.mark.parametrize("kind", ["publishClientSend", "publishClientReceive", "subscribePattern"])
def test_nothing_of_another_unit_or_tenant_is_allowed_in_any_way(kind: str) -> None:
    rules = acl.unit_rules("harbin", "app:17", ["phone"], ["app:daoli"])
    for below in ("up/ack", "up/voice", "up/wechat", "down/case", "down/wechat", "state", "anything"):
        for topic in (
            f"v1/harbin/unit/app:18/{below}",
            f"v1/harbin/unit/+/{below}",
            f"v1/harbin/unit/app:1/{below}",
            f"v1/harbin/unit/app:170/{below}",
            f"v1/other/unit/app:17/{below}",
        ):
            assert not allows(rules, kind, topic), topic
    for topic in (
        "v1/harbin/unit/#",
        "v1/harbin/unit/+/down/#",
        "v1/harbin/#",
        "#",
        "owntracks/+/phone/cmd",
        "v1/harbin/tg/app/nangang/state",
        "v1/harbin/tg/+/+/state",
    ):
        assert not allows(rules, kind, topic), topic


def test_roles_cannot_speak_for_each_other() -> None:
    for role in acl.ROLES:
        for other in acl.ROLES:
            topic = f"v1/harbin/role/{other}/cases.x"
            assert allows(acl.role_rules("harbin", role), "publishClientSend", topic) == (role == other)
    assert not allows(acl.role_rules("harbin", "radio"), "publishClientSend", acl.CONTROL)
    assert not allows(
        acl.role_rules("harbin", "speech"), "publishClientReceive", "v1/harbin/unit/app:1/up/ack"
    )


@pytest.mark.parametrize("kind", ["voice", "wechat"])
def test_the_centre_answers_pages_of_units_on_their_own_topics_alone(kind: str) -> None:
    rules = acl.role_rules("harbin", "centre")
    assert allows(rules, "publishClientReceive", f"v1/harbin/unit/app:17/up/{kind}")
    assert allows(rules, "publishClientSend", f"v1/harbin/unit/app:17/down/{kind}")
    assert not allows(rules, "publishClientSend", f"v1/harbin/unit/app:17/up/{kind}")
    assert not allows(rules, "publishClientReceive", f"v1/harbin/unit/app:17/down/{kind}")


@given(
    st.one_of(
        st.binary(max_size=200),
        st.sampled_from(
            [
                b'{"responses": 3}',
                b'{"responses": [1, {"correlationData": 2}]}',
                b"[" * 5000,
                b'{"responses": null}',
            ]
        ),
    )
)
def test_any_bytes_as_the_plugins_answer_end_nothing(payload: bytes) -> None:
    assert isinstance(parse_response(payload), list)


def test_a_units_app_says_its_own_topic_alone_and_only_the_devices_that_were_enrolled() -> None:
    rules = acl.unit_rules("harbin", "app:17", ["phone"])
    for topic in ("owntracks/app:17/phone", "owntracks/app:17/phone/event"):
        assert allows(rules, "publishClientSend", topic)
    for topic in (
        "owntracks/app:17/other",
        "owntracks/app:18/phone",
        "owntracks/app:17/phone/cmd",
        "owntracks/app:17",
        "v1/harbin/broker/refused",
    ):
        assert not allows(rules, "publishClientSend", topic)
    assert allows(rules, "subscribePattern", "owntracks/app:17/phone/cmd")
    assert not allows(rules, "subscribePattern", "owntracks/app:18/phone/cmd")
    assert not allows(acl.unit_rules("harbin", "app:17"), "publishClientSend", "owntracks/app:17/phone")
    assert allows(acl.role_rules("harbin", "radio"), "publishClientReceive", "owntracks/app:17/phone/event")
