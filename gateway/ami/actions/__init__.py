"""The actions that the gateway uses, typed; nothing else can be sent that starts, moves or ends a call."""

from gateway.ami.actions.action import UNTYPED, Action, Headers, UntypedAction
from gateway.ami.actions.conference import (
    ConferenceKick,
    ConferenceLock,
    ConferenceMute,
    ConferenceTone,
    GroupLeg,
    PatchLegs,
    RadioLeg,
    RecorderLeg,
    SoundTone,
)
from gateway.ami.actions.legs import (
    EndPlaced,
    HangupChannel,
    MarkPlaced,
    Originate,
    PlayDtmf,
    Redirect,
    SendPlaced,
)
from gateway.ami.actions.paging import EndPage, PageGroup
from gateway.ami.actions.queues import (
    CallerLevel,
    QueueAdd,
    QueuePause,
    QueuePenalty,
    QueuePriority,
    QueueRemove,
)
from gateway.ami.actions.radio import RadioCall
from gateway.ami.actions.sound import MUTED, EndTap, MarkRecording, MuteLeg, MuteRecording, TapLeg
from gateway.ami.actions.variables import DeviceState, Getvar, PacketsReceived, PhoneContact, Setvar

__all__ = [
    "MUTED",
    "UNTYPED",
    "Action",
    "CallerLevel",
    "ConferenceKick",
    "ConferenceLock",
    "ConferenceMute",
    "ConferenceTone",
    "DeviceState",
    "EndPage",
    "EndPlaced",
    "EndTap",
    "Getvar",
    "GroupLeg",
    "HangupChannel",
    "Headers",
    "MarkPlaced",
    "MarkRecording",
    "MuteLeg",
    "MuteRecording",
    "Originate",
    "PacketsReceived",
    "PageGroup",
    "PatchLegs",
    "PhoneContact",
    "PlayDtmf",
    "QueueAdd",
    "QueuePause",
    "QueuePenalty",
    "QueuePriority",
    "QueueRemove",
    "RadioCall",
    "RadioLeg",
    "RecorderLeg",
    "Redirect",
    "SendPlaced",
    "Setvar",
    "SoundTone",
    "TapLeg",
    "UntypedAction",
]
