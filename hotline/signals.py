"""Translates AMI messages into the room's signals. Most messages say nothing that matters here: for those the
way ends at one dictionary look-up. Tap channels and units' pages are dropped here and never become calls or
legs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from core.numbers import told
from core.switch import SwitchMessage

TAP_CHANNEL: Final = "AudioSocket/"
ANNOUNCER: Final = "CBAnn/"
"""A conference's own channel: nobody's leg."""
UNIT_PAGE: Final = "PJSIP/songhua-unit-"
"""A unit's page in a talkgroup's conference (dialplan/unit.conf): no call of the hotline."""
_NO_LEGS: Final = (TAP_CHANNEL, ANNOUNCER, UNIT_PAGE)
TAP_UNIQUEID: Final = "tap-"
UP: Final = 6
RINGING: Final = 5

_UNKNOWN: Final = frozenset({"<unknown>", "<null>"})
_LONGEST: Final = 128
"""No name, number or id of a channel is longer; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """A channel exists (Newchannel, Newstate). `state` is Asterisk's number: 4 Ring, 5 Ringing, 6 Up."""

    uniqueid: str
    linkedid: str
    channel: str
    state: int
    caller_number: str
    caller_name: str
    language: str
    context: str
    exten: str


@dataclass(frozen=True, slots=True)
class ChannelDown:
    uniqueid: str
    linkedid: str
    cause: int


@dataclass(frozen=True, slots=True)
class ChannelRenamed:
    uniqueid: str
    channel: str


@dataclass(frozen=True, slots=True)
class Dialled:
    """Somebody dials `dest_channel`. `uniqueid` is empty when nobody stands behind it (Originate)."""

    uniqueid: str
    dest_uniqueid: str
    dest_linkedid: str
    dest_channel: str


@dataclass(frozen=True, slots=True)
class Bridged:
    uniqueid: str
    linkedid: str
    channel: str
    bridge: str


@dataclass(frozen=True, slots=True)
class Unbridged:
    uniqueid: str
    linkedid: str
    bridge: str


@dataclass(frozen=True, slots=True)
class QueueJoined:
    uniqueid: str
    linkedid: str
    channel: str
    queue: str
    caller_number: str
    caller_name: str
    language: str
    position: int = 0
    """In the queue, from 1; 0 is not known."""


@dataclass(frozen=True, slots=True)
class QueueLeft:
    uniqueid: str
    linkedid: str
    queue: str


@dataclass(frozen=True, slots=True)
class QueueAbandoned:
    uniqueid: str
    linkedid: str
    queue: str


@dataclass(frozen=True, slots=True)
class AgentRung:
    """The queue rings an agent: the moment of the pop. `dest_uniqueid` tells ring attempts apart."""

    uniqueid: str
    linkedid: str
    dest_uniqueid: str
    dest_channel: str
    queue: str
    interface: str
    member: str
    caller_number: str
    caller_name: str
    language: str


@dataclass(frozen=True, slots=True)
class AgentAnswered:
    linkedid: str
    dest_uniqueid: str
    queue: str
    interface: str


@dataclass(frozen=True, slots=True)
class AgentMissed:
    """The agent let it ring until the queue gave up on this attempt."""

    linkedid: str
    dest_uniqueid: str
    queue: str
    interface: str


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """`uniqueid` is the party that put the other one on hold."""

    uniqueid: str
    held: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """Call control has put this leg into one of its places; `other` is the uniqueid of the leg that it is
    about, or the name of where it goes. The places are the contexts of dialplan/control.conf.
    """

    uniqueid: str
    linkedid: str
    channel: str
    place: str
    other: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """`linkedids` belong together from now on; the first is the transferrer's first call."""

    kind: Literal["blind", "attended"]
    linkedids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """A queue's member as Asterisk has it. `status` is its device state: 1 free, 2 in use, 5 unreachable."""

    queue: str
    interface: str
    name: str
    paused: bool
    reason: str
    status: int
    dynamic: bool
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class PhoneReached:
    """The switch has begun or ceased to reach a telephone, whatever it is doing (PeerStatus)."""

    interface: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class MemberGone:
    queue: str
    interface: str


@dataclass(frozen=True, slots=True)
class TapDown:
    """A tap's own channel ended. `tap_id` is the text after `tap-`."""

    tap_id: str


@dataclass(frozen=True, slots=True)
class OutsideRefused:
    """The dialplan's limits have refused a call to the outside. `who` is a phone, trunk or `all`."""

    linkedid: str
    reason: str
    who: str
    destination: str


@dataclass(frozen=True, slots=True)
class EmergencyDialled:
    """A call goes to 110, 119, 120 or 122; `failed`: no trunk took it, and the caller is in the queue."""

    linkedid: str
    number: str
    failed: bool


CallSignal = (
    ChannelSeen
    | ChannelDown
    | ChannelRenamed
    | Dialled
    | Bridged
    | Unbridged
    | QueueJoined
    | QueueLeft
    | QueueAbandoned
    | AgentRung
    | AgentAnswered
    | AgentMissed
    | HoldChanged
    | Moved
    | Transferred
)
MemberSignal = MemberSeen | MemberGone
OutsideSignal = OutsideRefused | EmergencyDialled
Signal = CallSignal | MemberSignal | PhoneReached | OutsideSignal | TapDown

Reader = Callable[[SwitchMessage], Signal | None]


def text(message: SwitchMessage, header: str) -> str:
    value = message.get(header)
    return "" if value in _UNKNOWN else value[:_LONGEST]


def number(message: SwitchMessage, header: str) -> int:
    value = message.get(header)
    # At most nine digits: a longer one is no state, cause or status.
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else 0


def channel_seen(message: SwitchMessage) -> ChannelSeen | None:
    uniqueid = message.get("Uniqueid")
    channel = message.get("Channel")
    if not uniqueid or is_no_leg(uniqueid, channel):
        return None
    return ChannelSeen(
        uniqueid[:_LONGEST],
        text(message, "Linkedid") or uniqueid[:_LONGEST],
        channel[:_LONGEST],
        number(message, "ChannelState"),
        told(text(message, "CallerIDNum")),
        told(text(message, "CallerIDName")),
        text(message, "Language"),
        text(message, "Context"),
        text(message, "Exten"),
    )


def is_no_leg(uniqueid: str, channel: str) -> bool:
    """Whether the channel is a tap, a recorder or another helper of ours."""
    return uniqueid.startswith(TAP_UNIQUEID) or channel.startswith(_NO_LEGS)


def _channel_down(message: SwitchMessage) -> Signal | None:
    uniqueid = text(message, "Uniqueid")
    if uniqueid.startswith(TAP_UNIQUEID):
        return TapDown(uniqueid[len(TAP_UNIQUEID) :])
    if not uniqueid or message.get("Channel").startswith(_NO_LEGS):
        return None
    return ChannelDown(uniqueid, text(message, "Linkedid"), number(message, "Cause"))


def _channel_renamed(message: SwitchMessage) -> Signal | None:
    uniqueid = text(message, "Uniqueid")
    name = text(message, "Newname")
    return None if not uniqueid or is_no_leg(uniqueid, name) else ChannelRenamed(uniqueid, name)


def _dialled(message: SwitchMessage) -> Signal | None:
    dest = text(message, "DestUniqueid")
    channel = text(message, "DestChannel")
    if not dest or is_no_leg(dest, channel):
        return None
    return Dialled(text(message, "Uniqueid"), dest, text(message, "DestLinkedid") or dest, channel)


def _bridged(message: SwitchMessage) -> Signal | None:
    uniqueid = text(message, "Uniqueid")
    channel = text(message, "Channel")
    if not uniqueid or is_no_leg(uniqueid, channel):
        return None
    return Bridged(uniqueid, text(message, "Linkedid") or uniqueid, channel, text(message, "BridgeUniqueid"))


def _unbridged(message: SwitchMessage) -> Signal | None:
    uniqueid = text(message, "Uniqueid")
    if not uniqueid:
        return None
    return Unbridged(uniqueid, text(message, "Linkedid"), text(message, "BridgeUniqueid"))


def _queue_joined(message: SwitchMessage) -> Signal | None:
    uniqueid = text(message, "Uniqueid")
    if not uniqueid:
        return None
    return QueueJoined(
        uniqueid,
        text(message, "Linkedid") or uniqueid,
        text(message, "Channel"),
        text(message, "Queue"),
        told(text(message, "CallerIDNum")),
        told(text(message, "CallerIDName")),
        text(message, "Language"),
        number(message, "Position"),
    )


def _queue_left(message: SwitchMessage) -> Signal | None:
    return QueueLeft(text(message, "Uniqueid"), text(message, "Linkedid"), text(message, "Queue"))


def _queue_abandoned(message: SwitchMessage) -> Signal | None:
    return QueueAbandoned(text(message, "Uniqueid"), text(message, "Linkedid"), text(message, "Queue"))


def _agent_rung(message: SwitchMessage) -> Signal | None:
    dest = text(message, "DestUniqueid")
    linkedid = text(message, "Linkedid")
    if not dest or not linkedid:
        return None
    return AgentRung(
        text(message, "Uniqueid"),
        linkedid,
        dest,
        text(message, "DestChannel"),
        text(message, "Queue"),
        text(message, "Interface"),
        text(message, "MemberName"),
        told(text(message, "CallerIDNum")),
        told(text(message, "CallerIDName")),
        text(message, "Language"),
    )


def _agent_answered(message: SwitchMessage) -> Signal | None:
    return AgentAnswered(
        text(message, "Linkedid"),
        text(message, "DestUniqueid"),
        text(message, "Queue"),
        text(message, "Interface"),
    )


def _agent_missed(message: SwitchMessage) -> Signal | None:
    return AgentMissed(
        text(message, "Linkedid"),
        text(message, "DestUniqueid"),
        text(message, "Queue"),
        text(message, "Interface"),
    )


def _hold(message: SwitchMessage) -> Signal | None:
    return HoldChanged(text(message, "Uniqueid"), held=True)


def _unhold(message: SwitchMessage) -> Signal | None:
    return HoldChanged(text(message, "Uniqueid"), held=False)


PLACED: Final = "Control"
"""The name of the UserEvent by which dialplan/control.conf tells that a leg is in one of its places."""


def _user_event(message: SwitchMessage) -> Signal | None:
    """What the dialplan itself tells, each kind under its own name."""
    kind = message.get("UserEvent")
    linkedid = text(message, "Linkedid")
    if kind == "Limit":
        return OutsideRefused(
            linkedid, text(message, "Reason"), text(message, "Who"), text(message, "Destination")
        )
    if kind == "Emergency":
        return EmergencyDialled(linkedid, text(message, "Number"), message.get("Failed") == "yes")
    return _moved(message) if kind == PLACED else None


def _moved(message: SwitchMessage) -> Signal | None:
    uniqueid = text(message, "Uniqueid")
    if not uniqueid:
        return None
    other = text(message, "With")
    return Moved(
        uniqueid, text(message, "Linkedid") or uniqueid, text(message, "Channel"), text(message, "Place"),
        "" if other == "-" else other,
    )  # fmt: skip


_TRANSFER_LINKEDIDS: Final = (
    "TransfererLinkedid",
    "OrigTransfererLinkedid",
    "SecondTransfererLinkedid",
    "TransfereeLinkedid",
    "TransferTargetLinkedid",
)


def _transferred(message: SwitchMessage) -> Signal | None:
    if message.get("Result") not in {"", "Success"}:
        return None
    found = [value for name in _TRANSFER_LINKEDIDS if (value := text(message, name))]
    kind: Literal["blind", "attended"] = "blind" if message.name == "BlindTransfer" else "attended"
    return Transferred(kind, tuple(dict.fromkeys(found))) if found else None


def member_seen(message: SwitchMessage) -> MemberSeen:
    """Of a live event (`Interface`, `MemberName`) or a row of QueueStatus (`Location`, `Name`)."""
    return MemberSeen(
        text(message, "Queue"),
        text(message, "Interface") or text(message, "Location"),
        text(message, "MemberName") or text(message, "Name"),
        paused=message.get("Paused") == "1",
        reason=text(message, "PausedReason"),
        status=number(message, "Status"),
        dynamic=message.get("Membership") != "static",
        penalty=number(message, "Penalty"),
    )


def _phone_reached(message: SwitchMessage) -> Signal | None:
    status = text(message, "PeerStatus")
    if status not in {"Reachable", "Registered", "Unreachable", "Unregistered"}:
        return None
    return PhoneReached(text(message, "Peer"), status in {"Reachable", "Registered"})


def _member_gone(message: SwitchMessage) -> Signal | None:
    return MemberGone(text(message, "Queue"), text(message, "Interface"))


READERS: Final[dict[str, Reader]] = {
    "Newchannel": channel_seen,
    "Newstate": channel_seen,
    "Hangup": _channel_down,
    "Rename": _channel_renamed,
    "DialBegin": _dialled,
    "BridgeEnter": _bridged,
    "BridgeLeave": _unbridged,
    "QueueCallerJoin": _queue_joined,
    "QueueCallerLeave": _queue_left,
    "QueueCallerAbandon": _queue_abandoned,
    "AgentCalled": _agent_rung,
    "AgentConnect": _agent_answered,
    "AgentRingNoAnswer": _agent_missed,
    "Hold": _hold,
    "Unhold": _unhold,
    "UserEvent": _user_event,
    "AttendedTransfer": _transferred,
    "BlindTransfer": _transferred,
    "QueueMemberAdded": member_seen,
    "QueueMemberPause": member_seen,
    "QueueMemberStatus": member_seen,
    "QueueMemberPenalty": member_seen,
    "PeerStatus": _phone_reached,
    "QueueMemberRemoved": _member_gone,
}
"""The AMI events that the room listens to, by name; an AMI subscription may be limited to these."""

EVENTS: Final = frozenset(READERS)


def signal_of(message: SwitchMessage) -> Signal | None:
    """What the message says, None when it says nothing that matters here. Never raises for its content."""
    reader = READERS.get(message.name)
    return None if reader is None else reader(message)
