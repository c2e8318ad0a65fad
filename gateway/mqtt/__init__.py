"""The edge to the MQTT broker: one thin port, `MqttLink`; publishing is confirmed by the broker and a
message is acknowledged only after its handler has committed.
"""

from gateway.mqtt.errors import BrokerAway, BrokerRefused, NobodyListens, PublishDenied
from gateway.mqtt.intake import Intake
from gateway.mqtt.link import MqttLink, Presence
from gateway.mqtt.message import Received
from gateway.mqtt.mirror import Mirror
from gateway.mqtt.relay import RoleRelay
from gateway.mqtt.settings import BrokerSettings

__all__ = [
    "BrokerAway",
    "BrokerRefused",
    "BrokerSettings",
    "Intake",
    "Mirror",
    "MqttLink",
    "NobodyListens",
    "Presence",
    "PublishDenied",
    "Received",
    "RoleRelay",
]
