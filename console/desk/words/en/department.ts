import type { department as zh, problems as zhProblems } from "../zh/department";

export const department: typeof zh = {
  department: {
    heading: "Your department's cases",
    filter: "Which cases",
    shown: { inHand: "In hand", toSign: "To be signed for", handling: "Being handled", withCentre: "With the centre", standing: "Suspended, postponed", overdue: "Overdue", answered: "Answered", all: "All" },
    none: "No cases",
    more: "More",
    pick: "Choose one at the left; ↑↓ to choose, Enter opens",
    back: "Back to the list",
    missing: "There is no such case, or it is another department's",
    stands: "Clock stands since {at}: {why}",
    noLimit: "No limit",
    map: "Open in the phone's map",
    reveal: "Show the number (audited)",
    confidential: "Confidential: description and caller are not shown",
    asked: "You asked: ",
    acts: "What may be done now",
    nothing: "Nothing to do now: the centre decides, or it is over",
    answerWords: "What was done",
    before: "Before",
    after: "After",
    citizen: "From the citizen",
    add: "Take or choose photos",
    preparing: "Preparing photos",
    chosen: "{label}, photo {n}",
    drop: "Take away {label}, photo {n}",
    sending: "Sending",
    timeline: "What happened",
    system: "system",
    fact: { department: "Department", due: "Limit", urgency: "Urgency", filed: "Filed", caller: "Citizen", counts: "So far" },
  },
};

export const problems: typeof zhProblems = {
  "photo-not-kept": "the photo is not taken: JPEG or PNG, and not too large",
  "too-many-photos": "too many photos in a short time: send it later",
  "no-such-assignment-photo": "there is no such photo",
};
