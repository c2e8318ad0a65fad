/** What stands behind a figure: the calls, by the filter of the ledger's list, or the cases that were filed. */
import type { LocationQueryRaw, RouteLocationRaw } from "vue-router";
import type { Row } from "./table";

/** Figures that one outcome, disposition or direction makes up; the others are of all calls of the row. */
const NARROWED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  answered: { outcome: "answered", direction: "inbound" },
  abandoned_greeting: { outcome: "abandoned_greeting", direction: "inbound" },
  abandoned_queue: { outcome: "abandoned_queue", direction: "inbound" },
  // The ledger has one outcome for both: with and without a queue.
  ended_in_flow: { outcome: "unanswered", direction: "inbound" },
  unanswered: { outcome: "unanswered", direction: "inbound" },
  cut: { outcome: "cut", direction: "inbound" },
  disposed_enquiry: { disposition: "enquiry" },
  disposed_existing_case: { disposition: "existing_case" },
  disposed_prank: { disposition: "prank" },
  disposed_silent: { disposition: "silent" },
  disposed_wrong_number: { disposition: "wrong_number" },
  outbound: { direction: "outbound" },
  outbound_answered: { direction: "outbound", outcome: "answered" },
  outbound_talk: { direction: "outbound", outcome: "answered" },
  outbound_hold: { direction: "outbound", outcome: "answered" },
  outbound_wrap_up: { direction: "outbound", outcome: "answered" },
  follow_ups: { direction: "outbound" },
  follow_ups_connected: { direction: "outbound", outcome: "answered" },
  follow_ups_talk: { direction: "outbound", outcome: "answered" },
  internal: { direction: "internal" },
};
/** Of calls in which somebody talked with a citizen who had called. */
const OF_ANSWERED = /^(talk|hold|wrap_up|handle|average_(talk|hold|wrap_up|handle|speed_of_answer|time_to_person)|transfer.*|survey.*|satisfaction_rate|solved_rate|answered_within_target|timely_answer_rate|undisposed)$/;

export interface BehindRow {
  since: string;
  until: string;
  queue: string;
  agent: string;
}

/** Times in states of an agent are of no call. */
export const hasBehind = (column: string): boolean => !/^(time_|signed_in$|occupancy$|utilisation$)/.test(column);

export function behind(column: string, row: BehindRow): RouteLocationRaw {
  const { since, until } = row;
  if (column === "disposed_case") return { name: "cases", query: { since, until } };
  const narrowed = NARROWED[column] ?? (OF_ANSWERED.test(column) ? NARROWED.answered : {});
  const query: LocationQueryRaw = { since, until, ...narrowed };
  if (row.queue) query.queue = row.queue;
  if (row.agent) query.agent = row.agent;
  return { name: "supervision-section", params: { section: "recordings" }, query };
}

/** Which queue and agent a row is about, where the report or the question names one. */
export const subjectOf = (row: Row, wanted: { queue: string; agent: string }): { queue: string; agent: string } => ({
  queue: typeof row.queue === "string" ? row.queue : wanted.queue,
  agent: typeof row.agent === "string" ? row.agent : wanted.agent,
});
