"""The errors of this room; each says what the reader can do."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Forbidden, Invalid, NotFound, SonghuaError


class BrokenTable(SonghuaError):
    """A catalogue, word or gazetteer table does not hold together; says which row."""

    kind: ClassVar[str] = "cases-broken-table"
    title: ClassVar[str] = "A table of the catalogue or gazetteer is broken"


class NoSuchCase(NotFound):
    kind: ClassVar[str] = "no-such-case"
    title: ClassVar[str] = "There is no such case"


class UnknownCaseCall(NotFound):
    kind: ClassVar[str] = "no-such-call"
    title: ClassVar[str] = "There is no such call"


class NoSuchDraft(NotFound):
    kind: ClassVar[str] = "no-such-draft"
    title: ClassVar[str] = "There is no such draft"


class NoSuchDispatch(NotFound):
    kind: ClassVar[str] = "no-such-dispatch"
    title: ClassVar[str] = "There is no such dispatch"


class NoSuchIncident(NotFound):
    kind: ClassVar[str] = "no-such-incident"
    title: ClassVar[str] = "There is no such incident"


class IncidentOver(Conflict):
    kind: ClassVar[str] = "incident-over"
    title: ClassVar[str] = "The incident was ended"


class ConfidentialIncident(Conflict):
    """Every desk is told of an incident, and callers of other cases are tied to its parent case."""

    kind: ClassVar[str] = "incident-confidential"
    title: ClassVar[str] = "A confidential call or case is no mass incident"


class TooManyIncidents(Conflict):
    kind: ClassVar[str] = "too-many-incidents"
    title: ClassVar[str] = "Too many incidents are open"


class NoSuchCategory(Invalid):
    kind: ClassVar[str] = "no-such-category"
    title: ClassVar[str] = "The catalogue has no such class"


class NoSuchCondition(Invalid):
    """The class has no time limit for this condition; `extra.condition` is the one that was given."""

    kind: ClassVar[str] = "no-such-condition"
    title: ClassVar[str] = "The class has no such condition"


class NoSuchDepartment(Invalid):
    kind: ClassVar[str] = "no-such-department"
    title: ClassVar[str] = "There is no such department"


class GridUnreadable(Invalid):
    """No cell was made of it."""

    kind: ClassVar[str] = "grid-unreadable"
    title: ClassVar[str] = "No grid can be made of these outlines"


class NoSuchPart(NotFound):
    kind: ClassVar[str] = "no-such-part"
    title: ClassVar[str] = "There is no such part"


class BadCursor(Invalid):
    """A cursor of a list was changed, or belongs to another order."""

    kind: ClassVar[str] = "bad-cursor"
    title: ClassVar[str] = "The list has no such place"


class PlaceMissing(Invalid):
    kind: ClassVar[str] = "place-missing"
    title: ClassVar[str] = "No place is given"


class BadOrderTime(Invalid):
    kind: ClassVar[str] = "bad-order-time"
    title: ClassVar[str] = "The deadline of the order cannot be right"


class OrdererMissing(Invalid):
    kind: ClassVar[str] = "orderer-missing"
    title: ClassVar[str] = "An order comes from somebody"


class CaseNotOrdered(Conflict):
    kind: ClassVar[str] = "case-not-ordered"
    title: ClassVar[str] = "No superior ordered this case"


class AttachmentNotKept(Invalid):
    """`extra.why`: `no-letter`, `too-large`."""

    kind: ClassVar[str] = "attachment-not-kept"
    title: ClassVar[str] = "This is no letter that can be kept"


class TooManyAttachments(Conflict):
    kind: ClassVar[str] = "too-many-attachments"
    title: ClassVar[str] = "The order has as many letters as it may have"


class NoSuchAttachment(NotFound):
    """Also for one that was erased, or that belongs to another case."""

    kind: ClassVar[str] = "no-such-attachment"
    title: ClassVar[str] = "The case has no such letter"


class BadPaperTime(Invalid):
    """The time on the paper is in the future, or so long ago that it was mistyped."""

    kind: ClassVar[str] = "bad-paper-time"
    title: ClassVar[str] = "A case cannot have been written down at this time"


class NotYourDraftCall(Forbidden):
    kind: ClassVar[str] = "not-your-call"
    title: ClassVar[str] = "Only who was on the call, or a supervisor, may do this"


class NotYourCase(Forbidden):
    kind: ClassVar[str] = "not-your-case"
    title: ClassVar[str] = "Only who handles this confidential case may do this"


class StaleField(Conflict):
    """The field has another revision than the editor saw; `extra` holds the present one."""

    kind: ClassVar[str] = "stale-field"
    title: ClassVar[str] = "The field was changed meanwhile"


class DraftClosed(Conflict):
    kind: ClassVar[str] = "draft-closed"
    title: ClassVar[str] = "The draft was already confirmed or discarded"


class ReportNotOffered(Conflict):
    kind: ClassVar[str] = "report-not-offered"
    title: ClassVar[str] = "This report is not offered to you now"


class ReportTaken(Conflict):
    """Another agent has it, or nobody; `extra.by` is who."""

    kind: ClassVar[str] = "report-taken"
    title: ClassVar[str] = "This report is not yours"


class ReportUndecided(Invalid):
    kind: ClassVar[str] = "report-undecided"
    title: ClassVar[str] = "A report is not thrown away without a reason"


class NoReportDraft(Conflict):
    kind: ClassVar[str] = "no-report-draft"
    title: ClassVar[str] = "This draft belongs to a call"


class DraftNotInHand(Forbidden):
    """A supervisor reads a draft, and so does an agent of whose call it was taken over; `extra.holder` is who
    has it, empty for the agents of the call.
    """

    kind: ClassVar[str] = "draft-not-in-hand"
    title: ClassVar[str] = "Somebody else has this draft in hand"


class DraftBeingEdited(Conflict):
    """`extra.editors` are the ids of those who are typing in it, separated by commas."""

    kind: ClassVar[str] = "draft-being-edited"
    title: ClassVar[str] = "Somebody else is editing this draft now"


class DraftIncomplete(Invalid):
    """A case cannot be filed yet; `extra.missing` names the fields."""

    kind: ClassVar[str] = "draft-incomplete"
    title: ClassVar[str] = "The draft lacks what a case needs"


class WrongStep(Conflict):
    """The step is not allowed from where the case or dispatch stands."""

    kind: ClassVar[str] = "wrong-step"
    title: ClassVar[str] = "This step is not possible now"


class BrokenPlans(Invalid):
    """Nothing was changed; the detail names each place."""

    kind: ClassVar[str] = "plans-broken"
    title: ClassVar[str] = "The table of emergency plans does not hold together"


class NoSuchPlan(NotFound):
    kind: ClassVar[str] = "no-such-plan"
    title: ClassVar[str] = "There is no such emergency plan"


class NoSuchPlanRun(NotFound):
    kind: ClassVar[str] = "no-such-plan-run"
    title: ClassVar[str] = "No such plan was started, or it has no such step"


class PlanRunning(Conflict):
    kind: ClassVar[str] = "plan-running"
    title: ClassVar[str] = "This plan was started for the case already"


class PlanStepMovedOn(Conflict):
    """`state` is what the step is now."""

    kind: ClassVar[str] = "plan-step-moved-on"
    title: ClassVar[str] = "The step has moved on: this cannot be done with it now"


class PlanStepWaits(Conflict):
    kind: ClassVar[str] = "plan-step-waits"
    title: ClassVar[str] = "Earlier steps come first"


class PlanTargetMissing(Invalid):
    kind: ClassVar[str] = "plan-target-missing"
    title: ClassVar[str] = "The plan leaves open whom this step is for"


class NoPairOfPictures(Conflict):
    kind: ClassVar[str] = "no-pair-of-pictures"
    title: ClassVar[str] = "The case has no pictures of a camera before and after the work"


class NoSuchAssignment(NotFound):
    """Also for one of another department."""

    kind: ClassVar[str] = "no-such-assignment"
    title: ClassVar[str] = "There is no such assignment, or it is another department's"


class AssignmentMovedOn(Conflict):
    """Somebody acted since this person looked: `extra` says who (`by`, `by_name`), what (`act`) and when
    (`at`), and holds the present `state` and `rev`.
    """

    kind: ClassVar[str] = "assignment-moved-on"
    title: ClassVar[str] = "Somebody else acted on this assignment meanwhile"


class UnitAtWork(Conflict):
    """The unit that the department sent has the job still; `extra.unit` is its name."""

    kind: ClassVar[str] = "unit-at-work"
    title: ClassVar[str] = "The department's own unit still has the job"


class NoSuchHandler(NotFound):
    """Also for a person or a unit of another department."""

    kind: ClassVar[str] = "no-such-handler"
    title: ClassVar[str] = "The department has no such person or unit"


class AssignmentIncomplete(Invalid):
    """The act needs more than a reason; `extra.missing` names the field."""

    kind: ClassVar[str] = "assignment-incomplete"
    title: ClassVar[str] = "This act on an assignment lacks something"


class NoSuchAssignmentPhoto(NotFound):
    """Also for a photo that this reader may not see, or of another case."""

    kind: ClassVar[str] = "no-such-assignment-photo"
    title: ClassVar[str] = "The case has no such photo"


class AlreadyAssigned(Conflict):
    kind: ClassVar[str] = "already-assigned"
    title: ClassVar[str] = "The department already has this case"


class CaseMovedOn(Conflict):
    """Somebody acted on the case since it was read; `extra.number` names it, `extra.version` is the present
    one.
    """

    kind: ClassVar[str] = "case-moved-on"
    title: ClassVar[str] = "The case was changed meanwhile"


class CaseNotMerged(Conflict):
    kind: ClassVar[str] = "case-not-merged"
    title: ClassVar[str] = "The case is not merged into another one"


class CaseMerged(Conflict):
    """`extra.survivor` is the number of the case that goes on for it."""

    kind: ClassVar[str] = "case-merged"
    title: ClassVar[str] = "Another case goes on for this one"


class NoSuchRelation(NotFound):
    kind: ClassVar[str] = "no-such-relation"
    title: ClassVar[str] = "These cases are not related so"


class ClosingConditionMissing(Invalid):
    """`extra.conditions` are those of the class, separated by commas."""

    kind: ClassVar[str] = "closing-condition-missing"
    title: ClassVar[str] = "Closing needs the condition that was met"


class NoSuchClosingCondition(Invalid):
    """`extra.conditions` are those of the class, separated by commas."""

    kind: ClassVar[str] = "no-such-closing-condition"
    title: ClassVar[str] = "The class has no such closing condition"


class CaseReasonMissing(Invalid):
    kind: ClassVar[str] = "reason-missing"
    title: ClassVar[str] = "This step needs a reason"


class NoSuchArticle(NotFound):
    """Also for one that this reader may not see: not approved, not yet or no longer valid."""

    kind: ClassVar[str] = "no-such-article"
    title: ClassVar[str] = "There is no such article, or it is not in force"


class ArticleInvalid(Invalid):
    """A field of an article, or a line of its file, does not hold; `extra.field` names it."""

    kind: ClassVar[str] = "article-invalid"
    title: ClassVar[str] = "The article cannot be kept as it is"


class ArticleMovedOn(Conflict):
    """Somebody saved a newer version than the editor saw; `extra.number` is the newest."""

    kind: ClassVar[str] = "article-moved-on"
    title: ClassVar[str] = "The article was changed meanwhile"


class ArticleNotInForce(Conflict):
    """The version may not be told (any more); `extra.number` is the one in force, where there is one."""

    kind: ClassVar[str] = "article-not-in-force"
    title: ClassVar[str] = "This version of the article is not in force"


class FourEyesRequired(Forbidden):
    """Four eyes: an author does not approve his own words."""

    kind: ClassVar[str] = "same-eyes"
    title: ClassVar[str] = "Another person must approve this"


class BadEvaluation(Invalid):
    """A time, a dimension or a figure that an evaluation cannot have."""

    kind: ClassVar[str] = "bad-evaluation"
    title: ClassVar[str] = "This cannot be evaluated"


class SameMode(Conflict):
    kind: ClassVar[str] = "same-mode"
    title: ClassVar[str] = "This mode holds already"


class SecondPersonFirst(Conflict):
    """One person alone goes to a higher mode only."""

    kind: ClassVar[str] = "second-person-first"
    title: ClassVar[str] = "A second person has to approve this first"


class ModeMovedOn(Conflict):
    """Another version came between the request and its approval; `extra.version` is the one that holds."""

    kind: ClassVar[str] = "mode-moved-on"
    title: ClassVar[str] = "The mode was switched meanwhile"


class BeyondOutsideDeadline(Conflict):
    """`extra` has the deadline (`due_at`), who set it (`set_by`: `12345`, `superior`) and its `reference`."""

    kind: ClassVar[str] = "beyond-outside-deadline"
    title: ClassVar[str] = "The extension would end after a deadline that was set from outside"


class NoSuchVerification(NotFound):
    kind: ClassVar[str] = "no-such-verification"
    title: ClassVar[str] = "There is no such verification task"


class VerificationMovedOn(Conflict):
    """The task is not where this person saw it: `extra` says who (`by`) did what (`act`) and when (`at`), and
    holds the present `state`.
    """

    kind: ClassVar[str] = "verification-moved-on"
    title: ClassVar[str] = "Somebody else acted on this verification task meanwhile"


class VerificationWaits(Conflict):
    """One inspector is asked at a time: `extra` has the task (`task_id`), its inspector (`unit`), who asked
    (`by`) and when (`at`).
    """

    kind: ClassVar[str] = "verification-waits"
    title: ClassVar[str] = "An inspector has been asked already"


class VerificationIncomplete(Invalid):
    """`extra.field` says what of the answer is missing or cannot be right."""

    kind: ClassVar[str] = "verification-incomplete"
    title: ClassVar[str] = "The answer to a verification task is not complete"


class NoInspector(Conflict):
    kind: ClassVar[str] = "no-inspector"
    title: ClassVar[str] = "No inspector is on shift"


class NotAnInspector(Invalid):
    kind: ClassVar[str] = "not-an-inspector"
    title: ClassVar[str] = "This unit is not an inspector"
