"""What can be wrong with a delivery."""

from __future__ import annotations

from typing import ClassVar

from core.errors import NotFound


class UnknownDelivery(NotFound):
    kind: ClassVar[str] = "unknown-dispatch"
    title: ClassVar[str] = "No unit was ever told of such a dispatch"
