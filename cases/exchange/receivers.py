"""Which departments receive forms, and how: as the setting `exchange` says now."""

from __future__ import annotations

from cases.exchange.model import FormReceiver, FormReceivers


class ActiveReceivers:
    """`known` says whether the setting was read yet: no event is handed over before, and no form leaves."""

    def __init__(self) -> None:
        self.known = False
        self._receivers = FormReceivers().by_department()

    def use(self, receivers: FormReceivers) -> None:
        """These instead, from now on."""
        self._receivers = receivers.by_department()
        self.known = True

    def of(self, department_id: str) -> FormReceiver | None:
        """None for a department that receives its work at the desk."""
        return self._receivers.get(department_id)
