"""Starts plans on cases and does the steps that people confirm; each once, with a line in the case's log."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID, uuid5

from cases import rights
from cases.assignments.service import AssignmentService
from cases.dispatch.service import DispatchService
from cases.errors import NoSuchPlan, NoSuchPlanRun, PlanRunning, PlanTargetMissing, WrongStep
from cases.life import store as case_store
from cases.life.model import OPEN, Case
from cases.life.record import CaseRecord
from cases.operations import claim
from cases.plans import run as machine
from cases.plans import store
from cases.plans.loading import example_plans
from cases.plans.model import AIMED, EmergencyPlan, PlanForms, PlanStep, PlanStepKind
from cases.plans.ports import PlanDeeds
from cases.plans.run import PlanRun, PlanStepState
from cases.privacy import require_case
from cases.verification.service import VerificationService
from core.actor import Actor, system
from core.errors import SonghuaError
from core.ids import uuid7
from core.log import logger
from core.metrics import counter
from core.operations import OperationReused
from core.storage import Storage, StorageAway, Transaction

LOOK_EVERY_S: Final = 2.0
DEED_S: Final = 60.0
"""What takes longer counts as interrupted."""
_log = logger("cases")
_steps = counter("cases_plan_steps", "Steps of emergency plans that ended", ["kind", "state"])
_SYSTEM: Final = system("plans")
_DONE, _REFUSED, _DOUBT = PlanStepState.DONE, PlanStepState.REFUSED, PlanStepState.IN_DOUBT


class EmergencyPlans:
    """`deeds` are what steps do in other rooms."""

    def __init__(
        self,
        *,
        storage: Storage,
        record: CaseRecord,
        dispatches: DispatchService,
        assignments: AssignmentService,
        verifications: VerificationService,
        deeds: PlanDeeds,
    ) -> None:
        self._storage = storage
        self._record = record
        self._dispatches = dispatches
        self._assignments = assignments
        self._verifications = verifications
        self._deeds = deeds
        self._doing: Counter[tuple[UUID, str]] = Counter()
        """How many here are about to do, or do, a step."""
        self.table = example_plans()

    def use(self, table: PlanForms) -> None:
        """These plans from now on; those that run stay as they were."""
        self.table = table

    def listed(self, actor: Actor) -> Sequence[EmergencyPlan]:
        """Raises `Forbidden`."""
        rights.SEE_PLANS.check(actor)
        return self.table.plans

    async def of_case(self, actor: Actor, case_id: UUID) -> tuple[Case, list[PlanRun]]:
        """The plans that were started for a case, the oldest first. Raises `Forbidden`, `NoSuchCase`,
        `NotYourCase`, `OutOfScope`.
        """
        rights.SEE_PLANS.check(actor)
        async with self._storage.read() as connection:
            case = await case_store.get(connection, case_id)
            require_case(actor, case)
            return case, await store.of_case(connection, case_id)

    async def start(self, actor: Actor, case_id: UUID, plan_id: str, *, op_id: UUID) -> PlanRun:
        """Nothing is sent: its steps wait for people. Raises `Forbidden`, `NoSuchCase`, `NoSuchPlan`,
        `NotYourCase`, `OperationReused`, `OutOfScope`, `PlanRunning`, `WrongStep`.
        """
        rights.LEAD_PLAN.check(actor)
        plan = next((one for one in self.table.plans if one.plan_id == plan_id), None)
        if plan is None:
            raise NoSuchPlan(remedy="see songhua plans list")
        now = self._storage.clock.now()
        new = PlanRun(uuid7(), case_id, plan, actor.id, now)
        async with self._storage.write() as transaction:
            case = await self._case(transaction, actor, case_id)
            earlier = await claim(transaction, op_id, "plan", new.run_id, now)
            if earlier is not None:
                made = await store.get(transaction.connection, earlier)
                if (made.case_id, made.plan.plan_id) != (case_id, plan_id):
                    raise OperationReused
                return made
            _require_open(case)
            present = await store.of_case(transaction.connection, case_id)
            if any(one.plan.plan_id == plan_id for one in present):
                raise PlanRunning(remedy="go on with the one that was started")
            await store.add(transaction.connection, new)
            await self._record.tell(transaction, case, "plan-start", actor, f"{plan.zh} / {plan.en}")
        return await self._read(actor, new.run_id)

    # --- what a person does with a step ---------------------------------------------------------

    async def confirm(
        self, actor: Actor, run_id: UUID, step_id: str, *, op_id: UUID, target: str = "", words: str = ""
    ) -> PlanRun:
        """Do the step now; the run with its result. `target` where the plan leaves it open. Again, with the
        same `op_id`, nothing is done. Raises `Forbidden`, `NoSuchPlanRun`, `NotYourCase`, `OperationReused`,
        `OutOfScope`, `PlanStepMovedOn`, `PlanStepWaits`, `PlanTargetMissing`, `WrongStep`.
        """
        rights.LEAD_PLAN.check(actor)
        with self._busy((run_id, step_id)):
            begun = await self._begin(actor, run_id, step_id, op_id, target.strip(), words.strip())
            if begun is not None:
                await self._do(actor, *begun)
        return await self._read(actor, run_id)

    async def skip(self, actor: Actor, run_id: UUID, step_id: str, *, op_id: UUID, reason: str) -> PlanRun:
        """Raises as `confirm`."""
        rights.LEAD_PLAN.check(actor)
        async with self._storage.write() as transaction:
            case, run, step = await self._found(transaction, actor, run_id, step_id)
            if await self._claimed(transaction, op_id, "plan:skip", run, step):
                after = machine.skipped(run, step, actor.id, self._storage.clock.now(), reason)
                await self._keep(transaction, case, after, step, "plan-skip", actor)
        return await self._read(actor, run_id)

    async def settle(
        self, actor: Actor, run_id: UUID, step_id: str, *, op_id: UUID, happened: bool, words: str
    ) -> PlanRun:
        """Say what became of a step in doubt. Raises as `confirm`."""
        rights.LEAD_PLAN.check(actor)
        async with self._storage.write() as transaction:
            case, run, step = await self._found(transaction, actor, run_id, step_id)
            if await self._claimed(transaction, op_id, "plan:settle", run, step):
                now = self._storage.clock.now()
                after = machine.settled(run, step, actor.id, now, words, happened=happened)
                act = "plan-happened" if happened else "plan-not-happened"
                await self._keep(transaction, case, after, step, act, actor)
        return await self._read(actor, run_id)

    # --- what an earlier run of the service has left ----------------------------------------------

    async def run(self) -> None:
        """Look for ever."""
        while True:
            with contextlib.suppress(StorageAway):
                await self.look()
            await self._storage.clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Steps that were confirmed and that nobody is doing: in doubt, or done once more. Raises
        `StorageAway`.
        """
        async with self._storage.read() as connection:
            found = await store.being_done(connection)
        for mine in found:
            if not self._doing[mine]:
                with self._busy(mine):
                    await self._take_up(*mine)

    @contextlib.contextmanager
    def _busy(self, mine: tuple[UUID, str]) -> Iterator[None]:
        """What is being done here, `look` leaves alone."""
        self._doing[mine] += 1
        try:
            yield
        finally:
            self._doing[mine] -= 1
            if not self._doing[mine]:
                del self._doing[mine]

    async def _take_up(self, run_id: UUID, step_id: str) -> None:
        async with self._storage.write() as transaction:
            run = await store.get(transaction.connection, run_id, lock=True)
            step = _step(run, step_id)
            after = machine.interrupted(run, step, self._storage.clock.now())
            if after is None:
                return
            if after.of(step_id).state is _DOUBT:
                case = await case_store.get(transaction.connection, run.case_id, lock=True)
                await self._keep(transaction, case, after, step, "plan-in-doubt", _SYSTEM)
                return
            await store.save(transaction.connection, after, step_id)
            case = await case_store.get(transaction.connection, run.case_id)
        _log.warning("a step of a plan is repeated after an interruption", step=step_id)
        actor = await self._deeds.person(after.of(step_id).by)
        if actor is None:
            await self._end(case, after, step, _REFUSED, "who confirmed it may not sign in any more")
            return
        await self._do(actor, case, after, step)

    # --- one confirmation -------------------------------------------------------------------------

    async def _begin(
        self, actor: Actor, run_id: UUID, step_id: str, op_id: UUID, target: str, words: str
    ) -> tuple[Case, PlanRun, PlanStep] | None:
        """What is to be done now, written down; None where nothing is."""
        async with self._storage.write() as transaction:
            case, run, step = await self._found(transaction, actor, run_id, step_id)
            if not await self._claimed(transaction, op_id, "plan:confirm", run, step):
                return None
            _require_open(case)
            if step.kind in AIMED and not (step.target or target):
                raise PlanTargetMissing(remedy="name the unit, department, talkgroup or number")
            aim = step.target or target
            after = machine.confirmed(run, step, actor.id, self._storage.clock.now(), target=aim, words=words)
            await self._keep(transaction, case, after, step, "plan-confirm", actor)
        return (case, after, step) if after.of(step_id).state is PlanStepState.DOING else None

    async def _do(self, actor: Actor, case: Case, run: PlanRun, step: PlanStep) -> None:
        """Do it and write what came of it. What nobody can tell stays as it is: `look` takes it up."""
        try:
            async with asyncio.timeout(DEED_S):
                state, words = await self._deed(actor, case, run, step)
        except (StorageAway, TimeoutError):
            _log.warning("a step of a plan was interrupted", step=step.id, kind=step.kind.value)
            return
        except SonghuaError as refused:
            state, words = _REFUSED, (refused.detail or refused.title)[:400]
        await self._end(case, run, step, state, words)

    async def _deed(  # noqa: PLR0911  # one for each kind of step
        self, actor: Actor, case: Case, run: PlanRun, step: PlanStep
    ) -> tuple[PlanStepState, str]:
        """What came of it, and words about it. Raises what refuses it."""
        op_id, target = run.operation(step.id), run.of(step.id).target
        match step.kind:
            case PlanStepKind.DISPATCH:
                sent = await self._dispatches.send(case.case_id, op_id=op_id, unit_id=target, actor=actor)
                return _DONE, sent.unit_id
            case PlanStepKind.DEPARTMENT:
                await self._assignments.give(
                    case.case_id, target, op_id=op_id, actor=actor, text=step.say, must_answer=True
                )
                return _DONE, target
            case PlanStepKind.VERIFY:
                asked = await self._verifications.ask_of_case(
                    case.case_id, op_id=op_id, actor=actor, unit_id=target, words=step.say
                )
                return _DONE, asked.unit_id
            case PlanStepKind.TEXT:
                reached = await self._deeds.text(actor, op_id, target, f"{case.number} {step.say}")
                return _DONE, f"{target}: {reached}"
            case PlanStepKind.CAMERA:
                return _DONE, await self._deeds.picture(actor, op_id, case.case_id, case.number)
            case PlanStepKind.CALL:
                outcome = await self._deeds.call(actor, op_id, target)
                return (_DONE if outcome == "done" else _DOUBT), target
            case _:
                return _DONE, ""

    async def _end(self, case: Case, run: PlanRun, step: PlanStep, state: PlanStepState, words: str) -> None:
        """A call that was in doubt and a result that nobody could write stay `doing`."""
        attempt = run.of(step.id).attempt
        with contextlib.suppress(StorageAway):
            async with self._storage.write() as transaction:
                now = await store.get(transaction.connection, run.run_id, lock=True)
                after = machine.ended(now, step, attempt, state, words, self._storage.clock.now())
                if after is not None:
                    held = await case_store.get(transaction.connection, case.case_id, lock=True)
                    await self._keep(
                        transaction, held, after, step, f"plan-{state.value.replace('_', '-')}", _SYSTEM
                    )

    # --- the database -----------------------------------------------------------------------------

    async def _keep(
        self, transaction: Transaction, case: Case, run: PlanRun, step: PlanStep, act: str, actor: Actor
    ) -> None:
        """The step as it is now, and its line in the case's log, in one transaction."""
        now = run.of(step.id)
        await store.save(transaction.connection, run, step.id)
        said = f"{step.zh} / {step.en}" + (f": {now.words}" if now.words else "")
        await self._record.tell(transaction, case, act, actor, said, private=True)
        if now.state is not PlanStepState.DOING:
            _steps.labels(step.kind.value, now.state.value).inc()

    async def _claimed(
        self, transaction: Transaction, op_id: UUID, kind: str, run: PlanRun, step: PlanStep
    ) -> bool:
        """Whether it is new. Raises `OperationReused` when it was about another step."""
        about = uuid5(run.run_id, step.id)
        earlier = await claim(transaction, op_id, kind, about, self._storage.clock.now())
        if earlier not in {None, about}:
            raise OperationReused
        return earlier is None

    async def _found(
        self, transaction: Transaction, actor: Actor, run_id: UUID, step_id: str
    ) -> tuple[Case, PlanRun, PlanStep]:
        run = await store.get(transaction.connection, run_id, lock=True)
        step = _step(run, step_id)
        return await self._case(transaction, actor, run.case_id), run, step

    async def _case(self, transaction: Transaction, actor: Actor, case_id: UUID) -> Case:
        case = await case_store.get(transaction.connection, case_id, lock=True)
        require_case(actor, case)
        return case

    async def _read(self, actor: Actor, run_id: UUID) -> PlanRun:
        async with self._storage.read() as connection:
            run = await store.get(connection, run_id)
            require_case(actor, await case_store.get(connection, run.case_id))
        return run


def _step(run: PlanRun, step_id: str) -> PlanStep:
    found = run.plan.step(step_id)
    if found is None:
        raise NoSuchPlanRun(remedy="look at the case again")
    return found


def _require_open(case: Case) -> None:
    if case.state not in OPEN:
        raise WrongStep(
            f"a case that is {case.state} has no plan any more",
            remedy="reopen it first",
            state=case.state.value,
        )
