import type { plans as words, problems as reasons } from "../zh/plans";

export const plans: typeof words = {
  plans: {
    heading: "Emergency plans",
    example: "example",
    unfit: "not for this class of case",
    which: "Plan",
    start: "Start the plan",
    startedBy: "started by {who}, {at}",
    after: "After step {steps}",
    words: "Note",
    confirm: "Confirm",
    confirmStep: "Confirm: {step}",
    skip: "Skip",
    skipStep: "Skip: {step}",
    happened: "Found out: it was done",
    notHappened: "Found out: it was not",
    target: { dispatch: "Id of the unit", department: "Id of the department", text: "Id of the talkgroup", call: "Number to call" },
    kind: { dispatch: "dispatch", department: "department", text: "text to a talkgroup", call: "call", camera: "picture by a camera", verify: "inspector", inform: "told by hand", tick: "checked by hand" },
    state: { open: "to confirm", doing: "being done", done: "done", refused: "not done", in_doubt: "in doubt", skipped: "skipped" },
  },
  near: {
    heading: "Near here",
    look: "Look around",
    none: "Nothing is registered within 500 m",
    nowhere: "The case has no coordinates",
    invented: "The position of the case is invented: this is a hint only",
    metres: "{metres} m",
    at: "position of {time}",
    kind: { unit: "unit", camera: "camera", case: "case", part: "part" },
    state: {
      unit: { online: "online", offline: "offline" },
      camera: { up: "online", away: "offline", unknown: "not checked" },
      case: { filed: "filed", done: "done", verified: "verified" },
    },
  },
};

export const problems: typeof reasons = {
  "no-such-plan": "There is no such plan",
  "no-such-plan-run": "The plan was not started, or has no such step",
  "plan-running": "This plan was started for the case already",
  "plan-step-moved-on": "The step has changed: look again",
  "plan-step-waits": "Do the earlier steps first",
  "plan-target-missing": "Say whom this step is for",
  "plans-broken": "The table of plans has mistakes",
};
