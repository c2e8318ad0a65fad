"""The edge to the MQTT broker: one thin port, `MqttLink`; publishing is confirmed by the broker and a
message is acknowledged only after its handler has committed.
"""

from typing import TYPE_CHECKING

from core.lazy import public_names

if TYPE_CHECKING:
    from gateway.mqtt.consumer import EventConsumer
    from gateway.mqtt.errors import BrokerAway, BrokerRefused, NobodyListens, PublishDenied
    from gateway.mqtt.link import MqttLink, PresenceTopic
    from gateway.mqtt.message import Received
    from gateway.mqtt.mirror import Mirror
    from gateway.mqtt.relay import RoleRelay
    from gateway.mqtt.settings import BrokerSettings
else:
    __getattr__ = public_names(
        __name__, ("settings", "errors", "message", "link", "relay", "mirror", "consumer")
    )

__all__ = [
    "BrokerAway",
    "BrokerRefused",
    "BrokerSettings",
    "EventConsumer",
    "Mirror",
    "MqttLink",
    "NobodyListens",
    "PresenceTopic",
    "PublishDenied",
    "Received",
    "RoleRelay",
]
