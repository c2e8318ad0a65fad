"""Writes `docs/asyncapi.yaml`, the MQTT contract for machines, from the models that the code itself uses.

`python -m gateway.mqtt.asyncapi` writes it anew; a test holds that the kept file is the generated one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cases.events import (
    DispatchQueued,
    DispatchRecalled,
    DispatchShared,
    VerificationAsked,
    VerificationChanged,
)
from core.events import Event, Privacy, privacy_of
from field.contract.mobile.crew import EmergencyMessage, PhotoNotice, TextMessage, TextReceipt
from field.contract.mobile.messages import (
    Acknowledgement,
    CaseMessage,
    Command,
    Hello,
    Payload,
    PresenceMessage,
    StatusMessage,
    Sync,
)
from field.contract.mobile.whereabouts import Affiliation, GroupsMessage, Location
from field.delivery.radio.asked import TalkRequest
from field.events import (
    DeliveryChanged,
    DispatchOverdue,
    EmergencyChanged,
    InspectorReported,
    JobSent,
    TalkgroupChanged,
    TextChanged,
    UnitChanged,
    UnitPretended,
    UnitReported,
    UnitsMoved,
    UnitUnreachable,
)
from field.inspectors.radio.reports import InspectorReport
from field.units.radio.owntracks import AppLocation, AppTransition, AppWill
from field.units.radio.pretended import PublishRefusedMessage
from field.wechat.messages import CrewWeChatAnswer, CrewWeChatAsk
from hotline.events import BoardChanged
from radio_bridge.events import NetworkChanged, RadioCallWanted
from radio_bridge.floor.messages import FloorAnswer, FloorRequest, GrantMessage, GroupState, Ptt, TalkerEvent
from radio_bridge.switch.conference.messages import GroupSound, SoundState
from radio_bridge.switch.joining.messages import VoiceAsk, VoiceTicket
from speech.events import (
    AnswerHeard,
    SpeechCapacity,
    TapAnnounced,
    TapRefused,
    TapRetired,
    TranscriptEnded,
    TranscriptGap,
    TranscriptSegment,
)

FILE = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.yaml"
_SCHEMAS = "#/components/schemas/"
_PARAMETERS = {
    "tenant": "the city's name, one for the whole service",
    "uid": "the unit's name, network:id, for example app:17; also its user name at the broker",
    "network": "the network of a talkgroup, the first part of its name: app of app:daoli",
    "gid": "the second part of a talkgroup's name",
    "node": "the name of a speech node",
    "device": "the name of a location app of the unit (OwnTracks), as it was enrolled",
    "role": "centre, radio or speech",
    "switch": "the systemname of a switch, where several share the database",
}


@dataclass(frozen=True, slots=True)
class AsyncApiChannel:
    """One topic. `sender` and `receiver` are who may publish and who subscribes there."""

    name: str
    address: str
    sender: str
    receiver: str
    models: Sequence[type[BaseModel]]
    retained: bool = False


def _role(role: str, receiver: str, event: type[Event]) -> AsyncApiChannel:
    words = event.TYPE.replace(".", "_")
    return AsyncApiChannel(
        f"{role}_{words}", f"v1/{{tenant}}/role/{role}/{event.TYPE}", role, receiver, [event]
    )


_UNIT = "v1/{tenant}/unit/{uid}"
_TG = "v1/{tenant}/tg/{network}/{gid}"
_SPEECH = "v1/{tenant}/speech/{node}"
_SWITCH = "v1/{tenant}/role/centre/switch/{switch}"
CHANNELS: tuple[AsyncApiChannel, ...] = (
    AsyncApiChannel("unit_ack", f"{_UNIT}/up/ack", "unit", "radio", [Acknowledgement]),
    AsyncApiChannel("unit_status", f"{_UNIT}/up/status", "unit", "radio", [StatusMessage]),
    AsyncApiChannel("unit_hello", f"{_UNIT}/up/hello", "unit", "radio", [Hello]),
    AsyncApiChannel("unit_text_up", f"{_UNIT}/up/text", "unit", "radio", [TextMessage]),
    AsyncApiChannel("unit_seen", f"{_UNIT}/up/seen", "unit", "radio", [TextReceipt]),
    AsyncApiChannel("unit_emergency", f"{_UNIT}/up/emergency", "unit", "radio", [EmergencyMessage]),
    AsyncApiChannel("unit_photo", f"{_UNIT}/up/photo", "unit", "radio", [PhotoNotice]),
    AsyncApiChannel("unit_report", f"{_UNIT}/up/report", "unit", "radio", [InspectorReport]),
    AsyncApiChannel("unit_talk", f"{_UNIT}/up/talk", "unit", "radio", [TalkRequest]),
    AsyncApiChannel("unit_text_down", f"{_UNIT}/down/text", "radio", "unit", [TextMessage]),
    AsyncApiChannel("unit_location", f"{_UNIT}/up/location", "unit", "radio", [Location]),
    AsyncApiChannel("unit_affiliate", f"{_UNIT}/up/affiliate", "unit", "radio", [Affiliation]),
    AsyncApiChannel("unit_groups", f"{_UNIT}/down/groups", "radio", "unit", [GroupsMessage]),
    AsyncApiChannel("unit_app", "owntracks/{uid}/{device}", "unit", "radio", [AppLocation, AppWill]),
    AsyncApiChannel("unit_app_event", "owntracks/{uid}/{device}/event", "unit", "radio", [AppTransition]),
    AsyncApiChannel(
        "broker_refused", "v1/{tenant}/broker/refused", "radio", "radio", [PublishRefusedMessage]
    ),
    AsyncApiChannel("unit_state", f"{_UNIT}/state", "unit", "radio", [PresenceMessage], retained=True),
    AsyncApiChannel("unit_case", f"{_UNIT}/down/case", "radio", "unit", [CaseMessage]),
    AsyncApiChannel("unit_cmd", f"{_UNIT}/down/cmd", "radio", "unit", [Command]),
    AsyncApiChannel("unit_sync", f"{_UNIT}/down/sync", "radio", "unit", [Sync]),
    AsyncApiChannel("unit_ptt", f"{_UNIT}/up/ptt", "unit", "radio", [Ptt]),
    AsyncApiChannel("unit_grant", f"{_UNIT}/down/grant", "radio", "unit", [GrantMessage]),
    AsyncApiChannel("unit_voice_up", f"{_UNIT}/up/voice", "unit", "centre", [VoiceAsk]),
    AsyncApiChannel("unit_voice_down", f"{_UNIT}/down/voice", "centre", "unit", [VoiceTicket]),
    AsyncApiChannel("unit_wechat_up", f"{_UNIT}/up/wechat", "unit", "centre", [CrewWeChatAsk]),
    AsyncApiChannel("unit_wechat_down", f"{_UNIT}/down/wechat", "centre", "unit", [CrewWeChatAnswer]),
    AsyncApiChannel(
        "desks_state", "v1/{tenant}/role/centre/desks", "centre", "radio", [PresenceMessage], retained=True
    ),
    AsyncApiChannel(
        "floor_state", "v1/{tenant}/floor/state", "radio", "member", [PresenceMessage], retained=True
    ),
    AsyncApiChannel("tg_state", f"{_TG}/state", "radio", "member", [GroupState], retained=True),
    AsyncApiChannel("tg_talker", f"{_TG}/talker", "radio", "member", [TalkerEvent]),
    AsyncApiChannel("sound_state", "v1/{tenant}/sound/state", "radio", "centre", [SoundState], retained=True),
    AsyncApiChannel("tg_sound", f"{_TG}/sound", "centre", "radio", [GroupSound]),
    AsyncApiChannel("tg_floor_req", f"{_TG}/floor/req", "centre", "radio", [FloorRequest]),
    AsyncApiChannel("tg_floor_res", f"{_TG}/floor/res", "radio", "centre", [FloorAnswer]),
    _role("centre", "radio", DispatchQueued),
    _role("centre", "radio", DispatchRecalled),
    _role("centre", "radio", DispatchShared),
    _role("centre", "radio", VerificationAsked),
    _role("centre", "radio", VerificationChanged),
    _role("centre", "radio", TextChanged),
    _role("centre", "radio", EmergencyChanged),
    _role("centre", "radio", TalkgroupChanged),
    _role("radio", "centre", UnitsMoved),
    _role("radio", "centre", NetworkChanged),
    _role("radio", "centre", RadioCallWanted),
    _role("radio", "centre", UnitPretended),
    _role("radio", "centre", TextChanged),
    _role("radio", "centre", EmergencyChanged),
    _role("radio", "centre", UnitReported),
    _role("radio", "centre", InspectorReported),
    _role("radio", "centre", JobSent),
    _role("radio", "centre", DeliveryChanged),
    _role("radio", "centre", DispatchOverdue),
    _role("radio", "centre", UnitUnreachable),
    _role("radio", "centre", UnitChanged),
    AsyncApiChannel(
        "role_state", "v1/{tenant}/role/{role}/state", "role", "centre", [PresenceMessage], retained=True
    ),
    AsyncApiChannel("switch_state", f"{_SWITCH}/state", "centre", "centre", [PresenceMessage], retained=True),
    AsyncApiChannel("switch_board", f"{_SWITCH}/board", "centre", "centre", [BoardChanged], retained=True),
    AsyncApiChannel(
        "speech_state",
        f"{_SPEECH}/state",
        "speech",
        "centre",
        [SpeechCapacity, PresenceMessage],
        retained=True,
    ),
    AsyncApiChannel("speech_tap", f"{_SPEECH}/tap", "centre", "speech", [TapAnnounced, TapRetired]),
    AsyncApiChannel(
        "speech_segment",
        f"{_SPEECH}/segment",
        "speech",
        "centre",
        [TranscriptSegment, TranscriptGap, TranscriptEnded, TapRefused, AnswerHeard],
    ),
)


def document() -> dict[str, Any]:
    """The AsyncAPI 3.0 document."""
    models = sorted({model for channel in CHANNELS for model in channel.models}, key=lambda m: m.__name__)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Songhua over MQTT",
            "version": "1",
            "description": "MQTT v5, QoS 1 everywhere. A message is acknowledged after its receiver has "
            "committed it, and may come again: receivers de-duplicate by msg_id (units) or id (events). "
            "Nobody is anonymous; who may use a topic is in x-sender and x-receiver.",
        },
        "defaultContentType": "application/json",
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {
            f"{verb}_{channel.name}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{channel.name}"},
                "summary": f"{who} {verb}s",
                "bindings": {"mqtt": {"qos": 1, "retain": channel.retained, "bindingVersion": "0.2.0"}},
            }
            for channel in CHANNELS
            for verb, action, who in (("send", "send", channel.sender), ("hear", "receive", channel.receiver))
        },
        "components": {
            "messages": {model.__name__: _message(model) for model in models},
            "schemas": _schemas(models),
        },
    }


def _channel(channel: AsyncApiChannel) -> dict[str, Any]:
    return {
        "address": channel.address,
        "parameters": {
            name: {"description": what}
            for name, what in _PARAMETERS.items()
            if f"{{{name}}}" in channel.address
        },
        "messages": {
            model.__name__: {"$ref": f"#/components/messages/{model.__name__}"} for model in channel.models
        },
        "x-sender": channel.sender,
        "x-receiver": channel.receiver,
    }


def _message(model: type[BaseModel]) -> dict[str, Any]:
    summary = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")
    payload: dict[str, Any] = {"$ref": _SCHEMAS + model.__name__}
    if issubclass(model, Event):
        # The envelope: what every event has besides its own fields.
        head = {
            "type": "object",
            "required": ["type", "version"],
            "properties": {"type": {"const": model.TYPE}, "version": {"type": "integer", "minimum": 1}},
        }
        payload = {"allOf": [head, payload]}
    made: dict[str, Any] = {"name": model.__name__, "summary": summary, "payload": payload}
    if issubclass(model, Event):
        made["x-delivery"] = model.DELIVERY
    elif issubclass(model, Payload):
        made["x-schema"] = model.SCHEMA
    return made


def _schemas(models: Sequence[type[BaseModel]]) -> dict[str, Any]:
    pairs = [(model, "serialization") for model in models]
    _, top = models_json_schema(pairs, ref_template=_SCHEMAS + "{model}")  # type: ignore[arg-type]
    schemas: dict[str, Any] = top["$defs"]
    for model in models:
        if issubclass(model, Event):
            for field in model.model_fields:
                privacy = privacy_of(model, field)
                if privacy is not Privacy.INTERNAL:
                    schemas[model.__name__]["properties"][field]["x-privacy"] = privacy.value
    return dict(sorted(schemas.items()))


def text() -> str:
    head = "# Generated by `python -m gateway.mqtt.asyncapi` from the models in the code; do not edit.\n"
    return head + yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=110)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
