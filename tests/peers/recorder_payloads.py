"""Messages with the fields and topics that the public documentation of trunk-recorder-mqtt-status lists, made
here: the system, the radios and the names are ours.
"""

from __future__ import annotations

import json
from typing import Any

SYSTEM = "harbin"


def call(
    call_id: str = "1_4011_1700000000", tg: int = 4011, unit: int = 899003, **more: Any
) -> dict[str, Any]:
    return {
        "id": call_id, "call_num": 51442, "sys_num": 1, "sys_name": SYSTEM, "freq": 770331250,
        "unit": unit, "unit_alpha_tag": "巡查 3", "talkgroup": tg, "talkgroup_alpha_tag": "Patrol",
        "talkgroup_description": "", "talkgroup_group": "", "talkgroup_tag": "", "talkgroup_patches": "",
        "elapsed": 0, "length": 0, "call_state": 1, "call_state_type": "RECORDING", "mon_state": 0,
        "mon_state_type": "UNSPECIFIED", "audio_type": "digital", "phase2_tdma": False, "tdma_slot": 0,
        "analog": False, "rec_num": 3, "src_num": 0, "rec_state": 1, "rec_state_type": "RECORDING",
        "conventional": False, "encrypted": False, "emergency": False, "start_time": 1700000000,
        "stop_time": 1700000000, **more,
    }  # fmt: skip


def message(kind: str, inner: Any, *, name: str = "") -> bytes:
    """`name` is the member that holds it where that is not the kind."""
    whole = {"type": kind, name or kind: inner, "timestamp": 1700000000, "instance_id": "roof"}
    return json.dumps(whole).encode()


def call_start(**fields: Any) -> bytes:
    return message("call_start", call(**fields), name="call")


def call_end(**fields: Any) -> bytes:
    ended: dict[str, Any] = {
        "call_state": -1,
        "call_state_type": "COMPLETED",
        "call_filename": "/recorded/4011.m4a",
    }
    return message("call_end", call(**fields, **ended), name="call")


def calls_active(*calls: dict[str, Any]) -> bytes:
    return message("calls_active", list(calls), name="calls")


def rates() -> bytes:
    return message("rates", [{"sys_num": 1, "sys_name": SYSTEM, "decoderate": 39.67,
                              "decoderate_interval": 3, "control_channel": 774581250}])  # fmt: skip


def unit(kind: str, number: int = 899003, **more: Any) -> bytes:
    return message(kind, {"sys_num": 1, "sys_name": SYSTEM, "unit": number, "unit_alpha_tag": "", **more})


def status(word: str) -> bytes:
    return json.dumps({"client_id": "tr-status", "instance_id": "roof", "status": word}).encode()
