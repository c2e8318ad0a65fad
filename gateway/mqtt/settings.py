"""Settings of a role's or a unit's link to the broker."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

from gateway.mqtt.topics import TENANT


class BrokerSettings(BaseModel):
    """Address, account and patience. Nobody is anonymous: `user` and `password` are always sent."""

    host: str = Field(default="127.0.0.1", description="where the broker listens")
    port: int = Field(default=1883, ge=1, le=65535)
    tls: bool = Field(default=False, description="speak TLS, checked against the machine's own authorities")
    ca_file: Path | None = Field(default=None, description="TLS: trust this authority (PEM) and no other")
    tenant: str = Field(default="harbin", pattern=TENANT, description="the second level of every topic")
    user: str = Field(default="", description="the role's or the unit's account at the broker")
    password: SecretStr = SecretStr("")
    keepalive_s: int = Field(default=15, ge=1, le=600, description="a silent link is dead after 1.5 of it")
    session_expiry_s: int = Field(default=86_400, ge=0, description="how long the broker keeps our session")
    connect_timeout_s: float = Field(default=5.0, gt=0)
    publish_timeout_s: float = Field(
        default=10.0, gt=0, description="how long to wait for the broker's answer"
    )
    retry_first_s: float = Field(default=0.2, gt=0, description="first pause before a new connection")
    retry_cap_s: float = Field(default=1.5, gt=0, description="longest pause; roles recover within 2 s")
    will_delay_s: int = Field(default=10, ge=0, description="how long a cut link is not yet an absence")
    receive_maximum: int = Field(default=100, ge=1, le=1000, description="unacknowledged messages at once")
    maximum_packet: int = Field(default=262_144, ge=1024, description="bytes; the broker drops larger ones")
