"""A simulated system of electronic police that posts events, written from docs/feeds.md alone. It knows
nothing of the product.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any


@dataclass
class SimulatedFeedSource:
    """`secret` as the operator gave it: `whsec_…` or any text."""

    secret: str

    def signed(self, body: bytes, *, at: int | None = None, message_id: str = "") -> dict[str, str]:
        """The headers of a request with this body."""
        stamp = str(int(time.time()) if at is None else at)
        name = message_id or f"evt_{uuid.uuid4().hex}"
        proof = hmac.new(self._key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
        return {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(proof).decode(),
        }

    @staticmethod
    def violation(number: int, **changed: Any) -> bytes:
        """A parked car, in the words of such a system."""
        told: dict[str, Any] = {
            "eventId": f"WF-{number:06}",
            "captureTime": "2026-12-01 08:15:00",
            "type": "1039",
            "describe": "机动车违法停放",
            "vehicle": {"plate": f"黑A·{number % 100_000:05}"},
            "location": {
                "name": "南岗区果戈里大街与民益街交口",
                "lon": 126.650 + number * 0.001,
                "lat": 45.750,
            },
            "images": [],
        }
        return json.dumps(told | changed, ensure_ascii=False).encode()

    @property
    def _key(self) -> bytes:
        if self.secret.startswith("whsec_"):
            return base64.b64decode(self.secret[6:])
        return self.secret.encode()
