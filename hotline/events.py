"""What the hotline tells others. Live events are views of the present and may be lost: the next one, or a
snapshot, makes up for it. The durable ones are facts.
"""

from hotline.agents.events import (
    AgentChanged,
    AgentMoved,
    AgentState,
    AgentView,
)
from hotline.calls.events import (
    CallChanged,
    CallClosed,
    CallEnded,
    CallerContext,
    CallerContextFound,
    CallRinging,
    CallState,
    CallView,
    EarlierCall,
    EmergencyCall,
    EndCause,
    LegView,
    OpenCase,
    Outcome,
    OutsideCallRefused,
)
from hotline.control.events import (
    AnswerAsked,
    CallActed,
    HelpChanged,
    HelpView,
)
from hotline.dispositions.events import (
    DispositionKind,
    DispositionSet,
)
from hotline.figures.events import (
    BoardChanged,
    BoardView,
    QueueFigures,
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
    CallbackOffered,
    CallbackOfferOver,
    CallbackOutcome,
    CallbackReason,
    CallbackStage,
    CallbackStep,
    CallbackView,
    LostCallView,
)
from hotline.queue.events import (
    QueueChanged,
    QueueView,
)
from hotline.taps.events import (
    LegUnheard,
    TapShed,
)

__all__ = [
    "AgentChanged",
    "AgentMoved",
    "AgentState",
    "AgentView",
    "AlarmCallChanged",
    "AlarmCallOutcome",
    "AlarmCallStage",
    "AlarmCallView",
    "AlarmCallsExhausted",
    "AnswerAsked",
    "AttemptOutcome",
    "AttemptView",
    "BoardChanged",
    "BoardView",
    "CallActed",
    "CallChanged",
    "CallClosed",
    "CallEnded",
    "CallRinging",
    "CallState",
    "CallView",
    "CallbackChanged",
    "CallbackOfferOver",
    "CallbackOffered",
    "CallbackOutcome",
    "CallbackReason",
    "CallbackStage",
    "CallbackStep",
    "CallbackView",
    "CallerContext",
    "CallerContextFound",
    "DispositionKind",
    "DispositionSet",
    "EarlierCall",
    "EmergencyCall",
    "EndCause",
    "HelpChanged",
    "HelpView",
    "LegUnheard",
    "LegView",
    "LostCallView",
    "OpenCase",
    "Outcome",
    "OutsideCallRefused",
    "QueueChanged",
    "QueueFigures",
    "QueueView",
    "TapShed",
]
