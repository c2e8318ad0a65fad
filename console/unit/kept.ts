/** What a unit's device holds: its jobs, and what it said that the centre has not confirmed. Plain values. */
import type { JobBody, UnitStep } from "@shared/contracts";

export interface Job {
  body: JobBody;
  /** The last thing said about it, by this unit or by the centre. */
  step: UnitStep | "recalled" | "gone";
  reason: string;
  /** The centre's sequence number with which it came. */
  seq: number;
}

export type OutState = "waiting" | "sent" | "accepted";

/** A message to the centre; it keeps its id and its number however often it is sent. */
export interface Outgoing {
  msg_id: string;
  /** The last level of its topic. */
  kind: "ack" | "status";
  dispatch_id: string;
  case_number: string;
  step: UnitStep;
  payload: string;
  state: OutState;
  at: string;
}

export interface Kept {
  jobs: Job[];
  outbox: Outgoing[];
  up_seq: number;
  last_down_seq: number;
}

export interface Ids {
  id(): string;
  now(): string;
}

export const MOST_UNCONFIRMED = 300;
const MOST_CONFIRMED = 20;
const MOST_ENDED = 10;

export class OutboxFull extends Error {}

export const ENDED: ReadonlySet<Job["step"]> = new Set(["declined", "done", "returned", "recalled", "gone"]);
export const isOpen = (job: Job): boolean => !ENDED.has(job.step);
export const unconfirmed = (kept: Readonly<Kept>): Outgoing[] => kept.outbox.filter((one) => one.state !== "accepted");

/** Puts a message into the outbox with the next number. Throws `OutboxFull`. */
export function enqueue(
  kept: Kept,
  ids: Ids,
  said: Omit<Outgoing, "msg_id" | "payload" | "state" | "at">,
  fields: Record<string, unknown>,
): Outgoing {
  if (unconfirmed(kept).length >= MOST_UNCONFIRMED) throw new OutboxFull();
  kept.up_seq += 1;
  const head = { msg_id: ids.id(), seq: kept.up_seq, ts: ids.now(), schema: `unit.${said.kind}/1` };
  const message: Outgoing = {
    ...said,
    msg_id: head.msg_id,
    payload: JSON.stringify({ ...head, ...fields }),
    state: "waiting",
    at: head.ts,
  };
  kept.outbox = [...kept.outbox, message];
  return message;
}

export function raise(kept: Kept, seq: number): void {
  kept.last_down_seq = Math.max(kept.last_down_seq, seq);
}

/** Forgets what was confirmed or ended longest ago; what is not confirmed stays. */
export function tidy(kept: Kept): void {
  const confirmed = kept.outbox.filter((one) => one.state === "accepted");
  const drop = new Set(confirmed.slice(0, Math.max(0, confirmed.length - MOST_CONFIRMED)));
  kept.outbox = kept.outbox.filter((one) => !drop.has(one));
  const ended = kept.jobs.filter((job) => !isOpen(job));
  const old = new Set(ended.slice(0, Math.max(0, ended.length - MOST_ENDED)));
  kept.jobs = kept.jobs.filter((job) => !old.has(job));
}

/** What the disk gave; nothing, where that cannot be read. */
export function parse(text: string | null): Kept {
  const empty: Kept = { jobs: [], outbox: [], up_seq: 0, last_down_seq: 0 };
  if (text === null) return empty;
  try {
    const kept = JSON.parse(text) as Partial<Kept>;
    const list = <T>(found: T[] | undefined): T[] => (Array.isArray(found) ? found : []);
    const count = (found: number | undefined): number => (Number.isSafeInteger(found) ? found! : 0);
    return {
      jobs: list(kept.jobs),
      outbox: list(kept.outbox),
      up_seq: count(kept.up_seq),
      last_down_seq: count(kept.last_down_seq),
    };
  } catch {
    return empty;
  }
}
