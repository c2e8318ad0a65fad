"""What a channel of citizens and the rest of the program agree on.

A channel hands each report to `ReportConsumer.receive`, exactly once by the channel's own message id, and
sends the notices that `Channel.send` gets. It knows nothing of drafts, cases and people of the centre.
"""

from citizen.contract.channel import (
    AddressRegister,
    Channel,
    ChannelCheck,
    ChannelPorts,
    NearbyReports,
    PublicReports,
    ReportConsumer,
    VoiceRecogniser,
)
from citizen.contract.errors import NoticeRefused, NoticeUnsent, VoiceUnrecognised
from citizen.contract.mail_address import mail_address, masked_address
from citizen.contract.notice import ProgressNotice
from citizen.contract.report import (
    CitizenRating,
    CitizenReport,
    KnownAddress,
    NearbyQuery,
    NearbyReport,
    OwnReport,
    PublicQuery,
    PublicReport,
    PublicStep,
    ReportAddition,
    ReportClass,
    ReportProgress,
    ReportReceipt,
    ReportStep,
)
from citizen.contract.texts import IncomingText, TextAnswer, TextMessages, TextWords

__all__ = [
    "AddressRegister",
    "Channel",
    "ChannelCheck",
    "ChannelPorts",
    "CitizenRating",
    "CitizenReport",
    "IncomingText",
    "KnownAddress",
    "NearbyQuery",
    "NearbyReport",
    "NearbyReports",
    "NoticeRefused",
    "NoticeUnsent",
    "OwnReport",
    "ProgressNotice",
    "PublicQuery",
    "PublicReport",
    "PublicReports",
    "PublicStep",
    "ReportAddition",
    "ReportClass",
    "ReportConsumer",
    "ReportProgress",
    "ReportReceipt",
    "ReportStep",
    "TextAnswer",
    "TextMessages",
    "TextWords",
    "VoiceRecogniser",
    "VoiceUnrecognised",
    "mail_address",
    "masked_address",
]
