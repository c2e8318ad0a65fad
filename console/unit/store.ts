/**
 * What a unit's device holds: its jobs, and what it said that the centre has not confirmed. Everything is on
 * the device before it is shown or sent, so a dead battery loses nothing; a message keeps its id for ever.
 */
import type { AckStep, Command, CaseMessage, JobBody, StatusStep, Sync, UnitStep } from "@shared/contracts";

export interface Job {
  body: JobBody;
  /** The last thing said about it, by this unit or by the centre. */
  step: UnitStep | "recalled" | "gone";
  reason: string;
  /** The centre's sequence number with which it came. */
  seq: number;
}

export type OutState = "waiting" | "sent" | "accepted";

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

export interface Disk {
  read(): string | null;
  /** Throws when the device cannot store it. */
  write(text: string): void;
}

export const ENDED: ReadonlySet<Job["step"]> = new Set(["declined", "done", "returned", "recalled", "gone"]);
export const isOpen = (job: Job): boolean => !ENDED.has(job.step);

export const MOST_UNCONFIRMED = 300;
const MOST_CONFIRMED = 20;
const MOST_ENDED = 10;
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

export class OutboxFull extends Error {}

export class UnitStore {
  private kept: Kept;

  constructor(
    private readonly disk: Disk,
    private readonly ids: { id(): string; now(): string },
    private readonly changed: (kept: Readonly<Kept>) => void = () => {},
  ) {
    this.kept = parse(disk.read());
    changed(this.kept);
  }

  get now(): Readonly<Kept> {
    return this.kept;
  }

  unconfirmed(): Outgoing[] {
    return this.kept.outbox.filter((message) => message.state !== "accepted");
  }

  /** Says `step` about a job; the same step again is the same message. Null where it may not be said now. */
  say(dispatchId: string, step: UnitStep, words: { note?: string; reason?: string } = {}): Outgoing | null {
    const job = this.kept.jobs.find((known) => known.body.dispatch_id === dispatchId);
    if (job === undefined || !(NEXT[job.step] ?? []).includes(step)) return null;
    return this.transaction((kept) => this.put(kept, job.body, step, words));
  }

  /** A job came: it is kept and its delivery is said. Repeated, it changes nothing but its words. */
  takeCase(message: CaseMessage): void {
    this.transaction((kept) => {
      this.takeJob(kept, message.job, message.seq);
      raise(kept, message.seq);
    });
  }

  takeSync(message: Sync): void {
    this.transaction((kept) => {
      for (const job of message.jobs) this.takeJob(kept, job, message.seq);
      if (message.complete) {
        const listed = new Set(message.jobs.map((job) => job.dispatch_id));
        // A job that came after this list was made is not in it, and not gone.
        kept.jobs = kept.jobs.map((job) =>
          isOpen(job) && !listed.has(job.body.dispatch_id) && job.seq < message.seq ? { ...job, step: "gone" } : job,
        );
      }
      raise(kept, message.seq);
    });
  }

  takeCommand(message: Command): void {
    this.transaction((kept) => {
      if (message.cmd === "receipt") {
        kept.outbox = kept.outbox.map((one) => (one.msg_id === message.of ? { ...one, state: "accepted" } : one));
      } else {
        kept.jobs = kept.jobs.map((job) =>
          job.body.dispatch_id === message.dispatch_id && isOpen(job)
            ? { ...job, step: "recalled", reason: message.reason ?? "" }
            : job,
        );
      }
      raise(kept, message.seq);
    });
  }

  /** True when something between this message and the last one is missing: the list of jobs is to be asked for. */
  misses(seq: number): boolean {
    return this.kept.last_down_seq > 0 && seq > this.kept.last_down_seq + 1;
  }

  markSent(msgId: string): void {
    this.transaction((kept) => {
      kept.outbox = kept.outbox.map((one) =>
        one.msg_id === msgId && one.state === "waiting" ? { ...one, state: "sent" } : one,
      );
    });
  }

  nextSeq(): number {
    return this.transaction((kept) => (kept.up_seq += 1));
  }

  private takeJob(kept: Kept, body: JobBody, seq: number): void {
    const known = kept.jobs.find((job) => job.body.dispatch_id === body.dispatch_id);
    if (known) {
      kept.jobs = kept.jobs.map((job) => (job === known ? { ...job, body, seq: Math.max(job.seq, seq) } : job));
      return;
    }
    if (kept.jobs.filter(isOpen).length >= MOST_JOBS) return;
    kept.jobs = [...kept.jobs, { body, step: "delivered", reason: "", seq }];
    this.put(kept, body, "delivered", {});
  }

  private put(kept: Kept, body: JobBody, step: UnitStep, words: { note?: string; reason?: string }): Outgoing {
    const same = kept.outbox.find((one) => one.dispatch_id === body.dispatch_id && one.step === step);
    if (same) return same;
    if (kept.outbox.filter((one) => one.state !== "accepted").length >= MOST_UNCONFIRMED) throw new OutboxFull();
    const kind = ACKS.has(step) ? "ack" : "status";
    kept.up_seq += 1;
    const message: Outgoing = {
      msg_id: this.ids.id(),
      kind,
      dispatch_id: body.dispatch_id,
      case_number: body.case_number,
      step,
      payload: "",
      state: "waiting",
      at: this.ids.now(),
    };
    message.payload = JSON.stringify({
      msg_id: message.msg_id,
      seq: kept.up_seq,
      ts: message.at,
      schema: `unit.${kind}/1`,
      dispatch_id: body.dispatch_id,
      step: step satisfies AckStep | StatusStep,
      ...(words.note ? { note: words.note } : {}),
      ...(words.reason ? { reason: words.reason } : {}),
    });
    kept.outbox = [...kept.outbox, message];
    kept.jobs = kept.jobs.map((job) =>
      job.body.dispatch_id === body.dispatch_id ? { ...job, step, reason: words.reason ?? job.reason } : job,
    );
    return message;
  }

  /** All of it is on the disk, or nothing of it happened. */
  private transaction<T>(work: (kept: Kept) => T): T {
    const next: Kept = { ...this.kept };
    const result = work(next);
    tidy(next);
    this.disk.write(JSON.stringify(next));
    this.kept = next;
    this.changed(next);
    return result;
  }
}

function raise(kept: Kept, seq: number): void {
  kept.last_down_seq = Math.max(kept.last_down_seq, seq);
}

function tidy(kept: Kept): void {
  const confirmed = kept.outbox.filter((one) => one.state === "accepted");
  const drop = new Set(confirmed.slice(0, Math.max(0, confirmed.length - MOST_CONFIRMED)));
  kept.outbox = kept.outbox.filter((one) => !drop.has(one));
  const ended = kept.jobs.filter((job) => !isOpen(job));
  const old = new Set(ended.slice(0, Math.max(0, ended.length - MOST_ENDED)));
  kept.jobs = kept.jobs.filter((job) => !old.has(job));
}

function parse(text: string | null): Kept {
  const empty: Kept = { jobs: [], outbox: [], up_seq: 0, last_down_seq: 0 };
  if (text === null) return empty;
  try {
    const kept = JSON.parse(text) as Partial<Kept>;
    return {
      jobs: Array.isArray(kept.jobs) ? kept.jobs : [],
      outbox: Array.isArray(kept.outbox) ? kept.outbox : [],
      up_seq: Number.isSafeInteger(kept.up_seq) ? kept.up_seq! : 0,
      last_down_seq: Number.isSafeInteger(kept.last_down_seq) ? kept.last_down_seq! : 0,
    };
  } catch {
    return empty;
  }
}
