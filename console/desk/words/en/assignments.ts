import type { assignments as zh, problems as zhProblems } from "../zh/assignments";

export const assignments: typeof zh = {
  duty: {
    ask: "Who is on duty",
    heading: "On duty",
    until: "until {at}",
    on: "on duty until {at}",
    showPhones: "Show numbers",
    nobody: "nobody is on duty now",
    nobodyUntil: "nobody on duty, next at {at}",
  },
  assigned: {
    heading: "Departments",
    acts: "What you may do about this department now",
    waiting: "Waiting for approval or review",
    give: "Another department too",
    history: "What happened",
    giveIt: "Give it",
    mustAnswer: "must answer",
    reason: "Reason",
    note: "Note (optional)",
    hours: "hours (counted as the limit)",
    whichLevel: "Level of supervision",
    level: "supervision level {n}",
    with: "with {who}",
    asksHours: "asks for {n} h more",
    extended: "{n} h longer",
    paused: "Clock stands since {at}",
    answer: "Answer: ",
    photos: "{n} photos",
    movedOn: "{who} did “{act}” at {at}: look at it as it is now, then decide",
    part: { host: "host", assist: "assists" },
    count: { returns: "returned {n}×", reworks: "reworked {n}×", reminders: "reminded {n}×" },
    state: {
      waiting: "To be signed for", handling: "Being handled", returned: "Returned", sent_back: "Return refused", disputed: "In dispute", extension_asked: "Asks for extension",
      suspension_asked: "Asks for suspension", postponement_asked: "Asks for postponement", suspended: "Suspended", postponed: "Postponed", answered: "Answered", finished: "Closed",
      withdrawn: "Taken back",
    },
    act: {
      dispatch: "Give it", sign: "Sign for it", answer: "Answer", return: "Return", refuse_return: "Refuse the return", object: "Object", uphold: "Department is right",
      overrule: "Department is wrong", reassign: "Reassign", ask_extension: "Ask for extension", ask_suspension: "Ask for suspension", ask_postponement: "Ask for postponement",
      approve: "Approve", refuse: "Refuse", resume: "Go on", delegate: "Give to a colleague or unit", take_back: "Take back from them", remind: "Remind", supervise: "Supervise", rework: "Send back", withdraw: "Take back", settle: "Done with the case",
      finish: "Closed with the case", reopen: "Reopened with the case",
      merge: "Goes on with another case", unmerge: "On its own again",
    },
  },
};

export const problems: typeof zhProblems = {
  "no-such-assignment": "there is no such assignment, or it is another department's",
  "assignment-moved-on": "somebody acted first: look at it as it is now, then decide",
  "assignment-incomplete": "this act lacks hours, a department or a level",
  "already-assigned": "the department has this case already",
  "no-such-handler": "the department has no such person or unit",
  "unit-at-work": "the department's own unit still has the job: take it back, or wait until it is done",
};
