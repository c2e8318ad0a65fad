"""Emergency plans: what is done for a case of a class, step by step."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from cases.plans.loading import example_plans
from cases.plans.model import PlanForms, PlanStepKind
from core.translation import gettext_lazy as _
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from cases.plans.service import EmergencyPlans


class EmergencyPlansSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `plans` is None for a command; `departments` are the ids
    of the city's departments.
    """

    name = "emergency-plans"
    section = ""

    def __init__(self, departments: Collection[str], plans: EmergencyPlans | None = None) -> None:
        self._departments = frozenset(departments)
        self._plans = plans

    def schema(self) -> dict[str, Any]:
        return PlanForms.model_json_schema()

    def imported(self) -> Any:
        return stored(example_plans())

    def checked(self, value: Any) -> Any:
        form = read(PlanForms, value)
        wrong = [
            _(
                "plan {plan}, step {step}: no such department: {name}",
                plan=plan.plan_id,
                step=step.id,
                name=step.target,
            )
            for plan in form.plans
            for step in plan.steps
            if step.kind is PlanStepKind.DEPARTMENT and step.target and step.target not in self._departments
        ]
        if wrong:
            raise SettingInvalid(wrong)
        return stored(form)

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        old, new = ({one["plan_id"]: one for one in value["plans"]} for value in (before, after))
        touches = {
            "added": len(new.keys() - old.keys()),
            "removed": len(old.keys() - new.keys()),
            "changed": sum(old[one] != new[one] for one in old.keys() & new.keys()),
        }
        return SettingEffect(EffectTime.NOW, touches, notes=[_("Plans that were started stay as they were.")])

    async def apply(self, value: Any) -> None:
        if self._plans is not None:
            self._plans.use(read(PlanForms, value))
