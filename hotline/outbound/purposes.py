"""The purposes of the calls that we place: their sections of the settings, and their ports."""

from __future__ import annotations

from dataclasses import dataclass

from core.models import Strict
from hotline.outbound.alarms.ports import AlarmPorts
from hotline.outbound.alarms.settings import AlarmSettings
from hotline.outbound.callbacks.settings import CallbackSettings
from hotline.outbound.conferences.settings import ConferenceSettings
from hotline.outbound.crews.ports import CrewPorts
from hotline.outbound.crews.settings import CrewCallSettings
from hotline.outbound.follow_ups.ports import FollowUpCallPorts
from hotline.outbound.follow_ups.settings import FollowUpCallSettings
from hotline.outbound.notices.ports import NoticeCallPorts
from hotline.outbound.notices.settings import NoticeCallSettings
from hotline.outbound.warnings.ports import WarningCallPorts
from hotline.outbound.warnings.settings import WarningCallSettings


class OutboundSettings(Strict):
    """Part of the section `hotline`."""

    callbacks: CallbackSettings = CallbackSettings()
    alarms: AlarmSettings = AlarmSettings()
    crews: CrewCallSettings = CrewCallSettings()
    follow_ups: FollowUpCallSettings = FollowUpCallSettings()
    notices: NoticeCallSettings = NoticeCallSettings()
    conferences: ConferenceSettings = ConferenceSettings()
    warnings: WarningCallSettings = WarningCallSettings()


@dataclass(frozen=True, slots=True)
class OutboundPorts:
    """Of automated calls."""

    alarms: AlarmPorts
    crews: CrewPorts
    follow_ups: FollowUpCallPorts
    notices: NoticeCallPorts
    warnings: WarningCallPorts
