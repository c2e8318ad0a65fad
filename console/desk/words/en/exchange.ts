import type { exchange as zh, problems as zhProblems } from "../zh/exchange";

export const exchange: typeof zh = {
  exchange: {
    title: "Deliveries of forms",
    hint: "Forms to departments that do not work at the desk. What is not taken is tried again; what was refused or not taken in time leaves again from here, under the same id. Who receives what: Exchange.",
    counts: "waiting {waiting}, dead {dead}",
    which: "State",
    every: "All",
    department: "Department",
    at: "Time",
    case: "Case",
    form: "Form",
    stateOf: "What became of it",
    tries: "tried {n} times",
    next: "next: {at}",
    again: "Send again",
    againOf: "Send again: {what}",
    queued: "It will be sent again",
    none: "There are no such forms",
    more: "More",
    reload: "Reload",
    earlier: "Earlier forms ({n})",
    reconciliation: {
      title: "Reconciliation with 12345",
      hint: "At the set hour (cases.exchange.reconcile_hour) the work orders of the day before are compared with 12345's; its list may also come at any time.",
      none: "Nothing was compared yet; it begins once the receiver 12345 is set",
      day: "Day",
      count: "ours {ours}, theirs {theirs}",
      unknown: "not here yet",
      found: "Result",
      state: { asking: "our list is being sent", sent: "taken; their list is awaited", same: "the same", differs: "{n} differ", failed: "not compared" },
      kind: { unknown_here: "unknown here", unknown_there: "unknown there", state: "another state" },
      more: "and {n} more",
      difference: "{reference}: {kind} (ours {ours}, theirs {theirs})",
      differences: "Work orders that differ ({n})",
      task: "verification {n}",
    order: { received: "received", declined: "declined", filed: "filed", done: "done", verified: "verified", closed: "closed", cancelled: "cancelled", handed_over: "handed over", merged: "merged" },
    },
    error: {
      timeout: "no answer in time", unreachable: "cannot be reached", "ca-file": "[webhooks] ca_file cannot be read", certificate: "its certificate is not trusted", tls: "TLS failed", "no-http": "its answer is no HTTP", "no-address": "the name has no address",
      "address-private": "not a public address, and not in [webhooks] private_networks", "needs-tls": "a public address needs https", "too-big": "the form is too big", "no-key": "[webhooks] signing_key is not set",
      "no-mail-server": "[mail] is not set", "mail-away": "the mail server does not take it now", "mail-refused": "the mail server refuses it", "at-desk": "the department works at the desk now", late: "not taken in time", "no-list": "its answer is no list of orders",
    },
    acts: {
      ask: "inspectors asked", recall: "taken back", expire: "time is up", filed: "filed", done: "done", close: "closed", cancel: "cancelled", reopen: "sent back", reopen_closed: "reopened", merge: "merged", unmerge: "no longer merged", decline_duplicate: "declined: duplicate", decline_not_ours: "declined: not ours", decline_unclear: "declined: unclear", decline_no_report: "declined: no report",
    },
    order: "work order {n}",
    way: { desk: "desk", mail: "e-mail", webhook: "its system" },
    state: { waiting: "waiting", delivered: "delivered", dead: "dead" },
    name: {
      problem_registration: "Problem registration", verification_request: "Verification request", verification_feedback: "Verification feedback", case_filing: "Case filing",
      task_assignment: "Task assignment", task_feedback: "Task feedback", result_check: "Result check", result_feedback: "Result feedback",
    },
  },
};

export const problems: typeof zhProblems = {
  "beyond-outside-deadline": "The extension would end after the deadline of 12345 or a superior: ask for less, or agree on another date",
  "no-such-delivery": "There is no such form",
  "order-dates-wrong": "The work order's dates cannot be right",
  "delivery-under-way": "The form is still on its way",
  "receives-no-forms": "The department works at the desk and receives no forms",
};
