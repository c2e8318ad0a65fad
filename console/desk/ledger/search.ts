/** What the ledger is asked for, and how a call's times are worded. */
import type { LedgerCall, LedgerRecording, LedgerSegment } from "@shared/contracts/cdr";
import type { Operations } from "@shared/contracts/operations";

export interface CallFilter {
  number: string;
  agent: string;
  queue: string;
  case: string;
  outcome: string;
  direction: string;
  disposition: string;
  since: string;
  until: string;
  longer: string;
}

export const noFilter = (): CallFilter => ({ number: "", agent: "", queue: "", case: "", outcome: "", direction: "", disposition: "", since: "", until: "", longer: "" });

/** What a link from a report asks for; times without a zone are of this machine's. */
export function fromAddress(asked: Readonly<Record<string, unknown>>): CallFilter {
  const filter = noFilter();
  for (const name of Object.keys(filter) as (keyof CallFilter)[]) {
    const word = asked[name];
    if (typeof word === "string") filter[name] = name === "since" || name === "until" ? local(word) : word;
  }
  return filter;
}

/** For a field of date and time. */
function local(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "" : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const PAGE = 50;

/** Times of this machine's zone are sent with their offset; what is empty does not narrow. */
export function query(filter: CallFilter, cursor: string | null): Operations["get"]["/ledger/calls"]["params"] {
  const asked: Operations["get"]["/ledger/calls"]["params"] = { limit: PAGE };
  for (const name of ["number", "agent", "queue", "case", "outcome", "direction", "disposition"] as const) {
    const word = filter[name].trim();
    if (word) asked[name] = word;
  }
  for (const name of ["since", "until"] as const) {
    const at = new Date(filter[name]);
    if (filter[name] && !Number.isNaN(at.getTime())) asked[name] = at.toISOString();
  }
  const longer = Number(filter.longer);
  if (filter.longer.trim() && Number.isFinite(longer) && longer >= 0) asked.longer_s = longer;
  if (cursor) asked.cursor = cursor;
  return asked;
}

/** The two halves of what was said on the citizen's leg: what the citizen said, and what the citizen heard. */
export function soundsOf(recordings: readonly LedgerRecording[], citizenLegs: ReadonlySet<string>): LedgerRecording[] {
  const whole = recordings.filter((one) => one.state === "complete");
  const citizens = whole.filter((one) => one.leg_id !== null && citizenLegs.has(one.leg_id));
  const chosen = citizens.length ? citizens : whole;
  const first = chosen[0];
  return first ? chosen.filter((one) => one.leg_id === first.leg_id) : [];
}

/** Where a segment begins in a sound that began at `began`, in seconds; never before it. */
export const placeOf = (segment: Pick<LedgerSegment, "started_at">, began: string): number =>
  Math.max(0, (Date.parse(segment.started_at) - Date.parse(began)) / 1000);

/** The segment that is spoken at this second: the last one that has begun. */
export function spokenAt(segments: readonly LedgerSegment[], began: string, second: number): string | null {
  let spoken: string | null = null;
  for (const one of segments) if (placeOf(one, began) <= second + 0.05) spoken = one.segment_id;
  return spoken;
}

export const seconds = (call: LedgerCall): number => (call.ended_at ? (Date.parse(call.ended_at) - Date.parse(call.started_at)) / 1000 : 0);
