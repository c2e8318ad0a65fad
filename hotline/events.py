"""What the hotline tells others. Live events are views of the present and may be lost: the next one, or a
snapshot, makes up for it. The durable ones are facts.
"""

from hotline.agents.events import (
    AgentChanged,
    AgentMoved,
    AgentState,
    AgentStateSet,
    AgentView,
    StateCause,
)
from hotline.calls.events import (
    CallbackCall,
    CallChanged,
    CallClosed,
    CallEnded,
    CallerContext,
    CallerContextFound,
    CallOutcome,
    CallRinging,
    CallState,
    CallView,
    EarlierCallView,
    EmergencyCall,
    EndCause,
    LegView,
    OpenCase,
    OutsideCallRefused,
)
from hotline.conferences.events import CaseConferenceChanged
from hotline.control.events import (
    AnswerRequested,
    CallActed,
    HelpChanged,
    HelpView,
)
from hotline.desk_phones.events import PhoneClaimed, PhoneClaimView
from hotline.dispositions.events import (
    DispositionKind,
    DispositionSet,
)
from hotline.drain.events import DrainChanged, DrainView
from hotline.handovers.events import HandoverSettled, HandoverState, HandoverView
from hotline.metrics.events import (
    BoardChanged,
    BoardView,
    OtherSwitchView,
    QueueMetricsView,
)
from hotline.outbound.alarms.events import (
    AlarmCallChanged,
    AlarmCallOutcome,
    AlarmCallsExhausted,
    AlarmCallStage,
    AlarmCallView,
)
from hotline.outbound.callbacks.events import (
    AttemptOutcome,
    AttemptView,
    CallbackChanged,
    CallbackFailed,
    CallbackOffered,
    CallbackOfferOver,
    CallbackOutcome,
    CallbackReason,
    CallbackRings,
    CallbackStage,
    CallbackStep,
    CallbackView,
    LostCallView,
)
from hotline.outbound.follow_ups.events import FOLLOW_UP_CHANNEL
from hotline.queue.events import (
    QueueChanged,
    QueueView,
)
from hotline.taps.events import (
    LegNotTranscribed,
    LegUnheard,
)

__all__ = [
    "FOLLOW_UP_CHANNEL",
    "AgentChanged",
    "AgentMoved",
    "AgentState",
    "AgentStateSet",
    "AgentView",
    "AlarmCallChanged",
    "AlarmCallOutcome",
    "AlarmCallStage",
    "AlarmCallView",
    "AlarmCallsExhausted",
    "AnswerRequested",
    "AttemptOutcome",
    "AttemptView",
    "BoardChanged",
    "BoardView",
    "CallActed",
    "CallChanged",
    "CallClosed",
    "CallEnded",
    "CallOutcome",
    "CallRinging",
    "CallState",
    "CallView",
    "CallbackCall",
    "CallbackChanged",
    "CallbackFailed",
    "CallbackOfferOver",
    "CallbackOffered",
    "CallbackOutcome",
    "CallbackReason",
    "CallbackRings",
    "CallbackStage",
    "CallbackStep",
    "CallbackView",
    "CallerContext",
    "CallerContextFound",
    "CaseConferenceChanged",
    "DispositionKind",
    "DispositionSet",
    "DrainChanged",
    "DrainView",
    "EarlierCallView",
    "EmergencyCall",
    "EndCause",
    "HandoverSettled",
    "HandoverState",
    "HandoverView",
    "HelpChanged",
    "HelpView",
    "LegNotTranscribed",
    "LegUnheard",
    "LegView",
    "LostCallView",
    "OpenCase",
    "OtherSwitchView",
    "OutsideCallRefused",
    "PhoneClaimView",
    "PhoneClaimed",
    "QueueChanged",
    "QueueMetricsView",
    "QueueView",
    "StateCause",
]
