export const ties = {
  ties: {
    heading: "Related cases",
    survivor: "Merged. It goes on as",
    merged: "Merged into this",
    relation: {
      cause: { forward: "Brought about", back: "Brought about by" },
      same_place: { forward: "Same place", back: "Same place" },
      follows: { forward: "Left over from", back: "Followed by" },
      split: { forward: "Split from", back: "Split off" },
    },
    kind: "Relation",
    kinds: { cause: "This case brought the other about", same_place: "Same place", follows: "This case is left over from the other" },
    act: { merge: "Merge into…", split: "Split…", relate: "Relate…", unmerge: "Undo merge…", unrelate: "Undo" },
    hint: {
      merge: "The other case goes on: reporters of both are told of its steps. This one's clock stops. It can be undone.",
      unmerge: "This case is again what it was before, and its clock runs on.",
      split: "Files a case of its own for another problem, with its own number, deadline and department.",
      relate: "Each shows the other; both are handled on their own.",
      unrelate: "They no longer show each other.",
    },
    which: "Other case",
    whichHint: "Number, short code or words",
    noneNear: "No other case is near: look for it by number or words",
    reason: "Reason",
    mergeInto: "Merge into {number}",
    samePlaceHint: "Without an address it has this case's place.",
    splitDone: "A new case was split off: see “Related cases”",
    call: "Call {n} is about it too",
    report: "Report {n} is about it too",
    afterFiling: "Merge into {number} once filed",
    mergeReason: "found to be the same problem when it was filed",
  },
};

export const problems = {
  "case-moved-on": "somebody has just changed the case: look at it and try again",
  "case-merged": "the case was merged: act on the case that goes on for it",
  "case-not-merged": "the case is not merged",
  "closing-condition-missing": "closing needs the condition that was met",
  "no-such-closing-condition": "the class has no such closing condition",
  "no-such-relation": "these cases are not related so",
};
