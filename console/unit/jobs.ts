/** What may be said about a job, and what the centre says about it. Changes the kept values it is given. */
import type { JobBody, StatusMessage, Sync } from "@shared/contracts/field";
import type { AckStep, StatusStep, UnitStep } from "./messages";
import { enqueue, isOpen, type Ids, type Job, type Kept, type Outgoing, type TerminalFix } from "./kept";

const MOST_JOBS = 60;
const ACKS: ReadonlySet<string> = new Set<AckStep>(["delivered", "displayed", "accepted", "declined"]);

/** What may be said next; a crew that skips a step may do so forwards, never back. */
const NEXT: Record<string, readonly UnitStep[]> = {
  delivered: ["displayed", "accepted", "declined"],
  displayed: ["accepted", "declined"],
  accepted: ["on_the_way", "returned"],
  on_the_way: ["arrived", "returned"],
  arrived: ["done", "returned"],
};

/** A verification task is accepted or declined, and ends with what was found. */
const NEXT_OF_TASK: Record<string, readonly UnitStep[]> = {
  delivered: ["displayed", "accepted", "declined"],
  displayed: ["accepted", "declined"],
  accepted: ["done", "declined"],
};

export type Finding = NonNullable<StatusMessage["finding"]>;
export const FINDINGS: readonly Finding[] = ["confirmed", "not_found", "differs"];

/** Jobs that were kept by an earlier version have no kind. */
export const isTask = (job: Job): boolean => job.body.kind === "verification";

/** The time for its answer is up; it may still be given. */
export const isOverdue = (job: Job, now: number): boolean => isTask(job) && isOpen(job) && job.body.due_at != null && Date.parse(job.body.due_at) <= now;

export interface StepWords {
  note?: string;
  reason?: string;
  /** What an inspector found. */
  finding?: Finding;
  /** Where the device was then. */
  fix?: TerminalFix | null;
}

/** Null where the step may not be said now. */
export function say(kept: Kept, ids: Ids, dispatchId: string, step: UnitStep, words: StepWords): Outgoing | null {
  const job = kept.jobs.find((known) => known.body.dispatch_id === dispatchId);
  if (job === undefined) return null;
  const next = isTask(job) ? NEXT_OF_TASK : NEXT;
  if (!(next[job.step] ?? []).includes(step)) return null;
  if (isTask(job) && step === "done" && !words.finding) return null;
  return put(kept, ids, job.body, step, words);
}

/** A job came: it is kept and its delivery is said. Repeated, it changes nothing but its words. */
export function takeJob(kept: Kept, ids: Ids, body: JobBody, seq: number): void {
  const known = kept.jobs.find((job) => job.body.dispatch_id === body.dispatch_id);
  if (known) {
    kept.jobs = kept.jobs.map((job) => (job === known ? { ...job, body, seq: Math.max(job.seq, seq) } : job));
    return;
  }
  if (kept.jobs.filter(isOpen).length >= MOST_JOBS) return;
  kept.jobs = [...kept.jobs, { body, step: "delivered", reason: "", seq }];
  put(kept, ids, body, "delivered", {});
}

export function takeSync(kept: Kept, ids: Ids, message: Sync): void {
  for (const job of message.jobs) takeJob(kept, ids, job, message.seq);
  if (!message.complete) return;
  const listed = new Set(message.jobs.map((job) => job.dispatch_id));
  // A job that came after this list was made is not in it, and not gone.
  kept.jobs = kept.jobs.map((job) =>
    isOpen(job) && !listed.has(job.body.dispatch_id) && job.seq < message.seq ? { ...job, step: "gone" } : job,
  );
}

export function takeRecall(kept: Kept, dispatchId: string | null, reason: string): void {
  kept.jobs = kept.jobs.map((job) =>
    job.body.dispatch_id === dispatchId && isOpen(job) ? { ...job, step: "recalled", reason } : job,
  );
}

function put(kept: Kept, ids: Ids, body: JobBody, step: UnitStep, words: StepWords): Outgoing {
  const same = kept.outbox.find((one) => one.dispatch_id === body.dispatch_id && one.step === step);
  if (same) return same;
  const kind = ACKS.has(step) ? "ack" : "status";
  const said = { kind, dispatch_id: body.dispatch_id, about: body.case_number, step } as const;
  const message = enqueue(kept, ids, said, {
    dispatch_id: body.dispatch_id,
    step: step satisfies AckStep | StatusStep,
    ...(words.note ? { note: words.note } : {}),
    ...(words.reason ? { reason: words.reason } : {}),
    ...(words.finding ? { finding: words.finding } : {}),
    ...(words.finding && words.fix ? { fix: words.fix } : {}),
  });
  kept.jobs = kept.jobs.map((job) =>
    job.body.dispatch_id === body.dispatch_id ? { ...job, step, reason: words.reason ?? job.reason } : job,
  );
  return message;
}
