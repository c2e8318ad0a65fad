"""CAP messages and a certificate for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from warning.cap.model import CapMessage

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
BUREAU = "weather@harbin.example"
SQUARE = ((126.60, 45.70), (126.70, 45.70), (126.70, 45.80), (126.60, 45.80), (126.60, 45.70))
AREA = {"description": "道里区", "polygons": [SQUARE]}
INFO: dict[str, Any] = {
    "language": "zh-CN", "categories": ["Met"], "event": "暴雨", "urgency": "Immediate", "severity": "Severe",
    "certainty": "Observed", "sender_name": "哈尔滨市气象台", "headline": "暴雨橙色预警",
    "description": "未来三小时有暴雨。", "instruction": "请远离低洼路段。", "areas": [AREA],
}  # fmt: skip
ENGLISH = {
    **INFO, "language": "en-US", "event": "Rainstorm", "headline": "Rainstorm, orange",
    "description": "Heavy rain within three hours.", "instruction": "Keep away from low roads.",
}  # fmt: skip


def cap(number: int = 0, *, now: datetime = NOW, **changed: Any) -> CapMessage:
    """A message of the weather bureau, sent `now`; fields of its info by `info`."""
    info = changed.pop("info", {})
    base = {"expires": now + timedelta(hours=3), **info}
    return CapMessage.model_validate(
        {
            "identifier": f"23010041600000_{now + timedelta(hours=8):%Y%m%d%H%M%S}_{number}",
            "sender": BUREAU,
            "sent": now,
            "status": "Actual",
            "msg_type": "Alert",
            "scope": "Public",
            "infos": [{**INFO, **base}, {**ENGLISH, **base}],
            **changed,
        }
    )


@dataclass(frozen=True)
class TestKeys:
    """PEM, and where it stands."""

    __test__ = False

    key: str
    certificate: str
    key_file: Path
    certificate_file: Path


def keys(folder: Path, name: str = "bureau", *, until: datetime | None = None) -> TestKeys:
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(until or datetime(2100, 1, 1, tzinfo=UTC))
        .sign(private, hashes.SHA256())
    )
    key = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    certificate = made.public_bytes(serialization.Encoding.PEM).decode()
    files = folder / f"{name}.key", folder / f"{name}.pem"
    for file, text in zip(files, (key, certificate), strict=True):
        file.write_text(text)
    return TestKeys(key, certificate, *files)
