"""Sessions at the broker that end at once when they are cut: for floor control and for desks."""

from __future__ import annotations

from typing import Final

from gateway.mqtt.link import MqttLink, PresenceTopic
from gateway.mqtt.settings import BrokerSettings
from gateway.settings import RoleName, Settings
from radio_bridge.floor import topics

KEEPALIVE_S: Final = 5
PUBLISH_TIMEOUT_S: Final = 2.0


def floor_link(settings: Settings) -> MqttLink:
    """A session that the broker forgets as soon as it is cut: a button is not pressed later. No report that
    waits for the database holds up a button here, either.
    """
    presence = PresenceTopic(topics.presence(settings.tenant))
    return MqttLink(_cut_at_once(settings, "radio"), client_id="songhua-radio-floor", presence=presence)


def desks_link(settings: Settings) -> MqttLink:
    """Says nothing but that the role `centre` is there, and by its last will at once that it is not: then
    nobody at a desk or a telephone stays on the air.
    """
    presence = PresenceTopic(topics.desks(settings.tenant))
    return MqttLink(_cut_at_once(settings, "centre"), client_id="songhua-centre-desks", presence=presence)


def _cut_at_once(settings: Settings, role: RoleName) -> BrokerSettings:
    return settings.broker(role).model_copy(
        update={
            "session_expiry_s": 0,
            "keepalive_s": KEEPALIVE_S,
            "publish_timeout_s": PUBLISH_TIMEOUT_S,
            "will_delay_s": 0,
        }
    )
