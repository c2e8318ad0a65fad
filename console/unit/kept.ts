/** What a unit's device holds: jobs, texts, an alarm, and what it said that is not confirmed. Plain values. */
import type { GroupBody, JobBody, TerminalFix } from "@shared/contracts/field";
import type { UnitStep } from "./messages";

export interface Job {
  body: JobBody;
  /** The last thing said about it, by this unit or by the centre. */
  step: UnitStep | "recalled" | "gone";
  reason: string;
  /** The centre's sequence number with which it came. */
  seq: number;
}

/** `refused`: the centre has it, and nothing comes of it. */
export type OutState = "waiting" | "sent" | "accepted" | "refused";

/** A message to the centre; it keeps its id and its number however often it is sent. */
export interface Outgoing {
  msg_id: string;
  /** The last level of its topic. */
  kind: "ack" | "status" | "text" | "seen" | "report";
  /** The job that it is about; empty for a text. */
  dispatch_id: string;
  /** What a person recognises it by: the case's number, or the text's beginning. */
  about: string;
  step: UnitStep | "text" | "text_delivered" | "text_displayed" | "report";
  payload: string;
  state: OutState;
  /** Why it was refused. */
  reason?: string;
  at: string;
}

/** A text between the crew and the centre. */
export interface Talk {
  id: string;
  way: "up" | "down";
  text: string;
  /** Who wrote it at the centre. */
  by: string;
  /** The sender's clock. */
  at: string;
  /** It was on a visible screen. */
  displayed: boolean;
}

/**
 * The crew's emergency alarm: `calling` until the centre has it, `heard` until a person answers, `acknowledged`
 * by him, `cleared` at its end.
 */
export interface Alarm {
  alarm_id: string;
  raised_at: string;
  state: "calling" | "heard" | "acknowledged" | "cleared";
  repeat: number;
  /** Its latest messages: the centre's receipt names one of them. */
  said: string[];
  by: string;
  note: string;
}

export type { TerminalFix };

/** A photo of a job; its bytes are in the album until the centre has them. `sent` of `size` bytes are there. */
export interface Shot {
  photo_id: string;
  dispatch_id: string;
  size: number;
  sha256: string;
  taken_at: string;
  fix: TerminalFix | null;
  state: "waiting" | "kept" | "refused";
  sent: number;
}

export interface Kept {
  jobs: Job[];
  photos: Shot[];
  outbox: Outgoing[];
  texts: Talk[];
  alarm: Alarm | null;
  /** The talkgroups that the centre lets this unit listen to. */
  groups: GroupBody[];
  /** The unit is an inspector: it may report by itself. */
  inspector: boolean;
  /** Which of them the crew has chosen; null once the centre counts it so. */
  chosen: string[] | null;
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
const MOST_TEXTS = 100;
const MOST_SHOTS_DONE = 20;

export class OutboxFull extends Error {}

export const ENDED: ReadonlySet<Job["step"]> = new Set(["declined", "done", "returned", "recalled", "gone"]);
export const isOpen = (job: Job): boolean => !ENDED.has(job.step);
/** The centre has answered it: it is not sent again. */
export const isSettled = (one: Outgoing): boolean => one.state === "accepted" || one.state === "refused";
export const unconfirmed = (kept: Readonly<Kept>): Outgoing[] => kept.outbox.filter((one) => !isSettled(one));

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

/** Of a job that has ended the citizen's words go: a device may get lost. */
function over(job: Job): Job {
  return isOpen(job) || job.body.description === "" ? job : { ...job, body: { ...job.body, description: "" } };
}

/** Forgets what was confirmed or ended longest ago; what is not confirmed stays. */
export function tidy(kept: Kept): void {
  const confirmed = kept.outbox.filter(isSettled);
  const drop = new Set(confirmed.slice(0, Math.max(0, confirmed.length - MOST_CONFIRMED)));
  kept.outbox = kept.outbox.filter((one) => !drop.has(one));
  const ended = kept.jobs.filter((job) => !isOpen(job));
  const old = new Set(ended.slice(0, Math.max(0, ended.length - MOST_ENDED)));
  kept.jobs = kept.jobs.filter((job) => !old.has(job)).map(over);
  kept.texts = kept.texts.slice(-MOST_TEXTS);
  const done = kept.photos.filter((shot) => shot.state !== "waiting");
  const past = new Set(done.slice(0, Math.max(0, done.length - MOST_SHOTS_DONE)));
  kept.photos = kept.photos.filter((shot) => !past.has(shot));
}

/** Before there were texts, every message was about a case. */
function named(one: Outgoing & { case_number?: string }): Outgoing {
  return { ...one, about: one.about ?? one.case_number ?? "" };
}

/** What the disk gave; nothing, where that cannot be read. */
export function parse(text: string | null): Kept {
  const said = { jobs: [], photos: [], outbox: [], texts: [], alarm: null, groups: [], inspector: false, chosen: null };
  const empty: Kept = { ...said, up_seq: 0, last_down_seq: 0 };
  if (text === null) return empty;
  try {
    const kept = JSON.parse(text) as Partial<Kept>;
    const list = <T>(found: T[] | undefined): T[] => (Array.isArray(found) ? found : []);
    const count = (found: number | undefined): number => (Number.isSafeInteger(found) ? found! : 0);
    return {
      jobs: list(kept.jobs),
      photos: list(kept.photos),
      outbox: list(kept.outbox).map(named),
      texts: list(kept.texts),
      alarm: kept.alarm ?? null,
      groups: list(kept.groups),
      inspector: kept.inspector === true,
      chosen: kept.chosen ? list(kept.chosen) : null,
      up_seq: count(kept.up_seq),
      last_down_seq: count(kept.last_down_seq),
    };
  } catch {
    return empty;
  }
}
