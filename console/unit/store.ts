/**
 * A unit's device: everything is on its disk before it is shown or sent, so a dead battery loses nothing.
 * Changes happen one after the other, each wholly or not at all.
 */
import type { CaseMessage, Command, GroupsMessage, Sync, TextMessage } from "@shared/contracts/field";
import type { UnitStep } from "./messages";
import type { Disk } from "./disk";
import * as alarms from "./alarm";
import * as groups from "./groups";
import * as jobs from "./jobs";
import { parse, raise, tidy, unconfirmed, type Alarm, type Ids, type Kept, type Outgoing, type Shot, type TerminalFix } from "./kept";
import * as photos from "./photos";
import * as reports from "./reports";
import type { ReportShot, ReportWords } from "./reports";
import * as texts from "./texts";

export class UnitStore {
  /** The last change that was asked for; it may still be on its way to the disk. */
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly disk: Disk,
    private readonly name: string,
    private readonly ids: Ids,
    private readonly changed: (kept: Readonly<Kept>) => void,
    private kept: Kept,
  ) {}

  /** Reads what `name` has on this disk; `changed` is told now and after each change. */
  static async open(
    disk: Disk,
    name: string,
    ids: Ids,
    changed: (kept: Readonly<Kept>) => void = () => {},
  ): Promise<UnitStore> {
    const kept = parse(await disk.read(name));
    changed(kept);
    return new UnitStore(disk, name, ids, changed, kept);
  }

  get now(): Readonly<Kept> {
    return this.kept;
  }

  unconfirmed(): Outgoing[] {
    return unconfirmed(this.kept);
  }

  /** Says `step` about a job; the same step again is the same message. Null where it may not be said now. */
  say(dispatchId: string, step: UnitStep, words: jobs.StepWords = {}): Promise<Outgoing | null> {
    return this.transaction((kept) => jobs.say(kept, this.ids, dispatchId, step, words));
  }

  takeCase(message: CaseMessage): Promise<void> {
    return this.transaction((kept) => {
      jobs.takeJob(kept, this.ids, message.job, message.seq);
      raise(kept, message.seq);
    });
  }

  takeSync(message: Sync): Promise<void> {
    return this.transaction((kept) => {
      jobs.takeSync(kept, this.ids, message);
      kept.inspector = message.inspector === true;
      raise(kept, message.seq);
    });
  }

  takeCommand(message: Command): Promise<void> {
    return this.transaction((kept) => {
      if (message.cmd === "receipt") {
        reports.takeReceipt(kept, message.of ?? "", message.reason ?? "");
      } else if (message.cmd === "recall") {
        jobs.takeRecall(kept, message.dispatch_id, message.reason ?? "");
      }
      alarms.answered(kept, message);
      raise(kept, message.seq);
    });
  }

  takeText(message: TextMessage): Promise<void> {
    return this.transaction((kept) => {
      texts.takeText(kept, this.ids, message);
      raise(kept, message.seq);
    });
  }

  takeGroups(message: GroupsMessage): Promise<void> {
    return this.transaction((kept) => {
      groups.takeGroups(kept, message);
      raise(kept, message.seq);
    });
  }

  chooseGroup(tgId: string, on: boolean): Promise<void> {
    return this.transaction((kept) => groups.choose(kept, tgId, on));
  }

  affiliation(): Promise<string | null> {
    return this.transaction((kept) => groups.affiliation(kept, this.ids));
  }

  sayText(words: string): Promise<Outgoing | null> {
    return this.transaction((kept) => texts.sayText(kept, this.ids, words));
  }

  /** With its photos, which are in the album already; `msgId` makes it the same report however often it is said. Null for nothing to say. */
  sayReport(msgId: string, words: ReportWords, shots: readonly ReportShot[]): Promise<Outgoing | null> {
    return this.transaction((kept) => reports.sayReport(kept, this.ids, msgId, words, shots));
  }

  displayTexts(): Promise<void> {
    return this.transaction((kept) => texts.displayed(kept, this.ids));
  }

  raiseAlarm(): Promise<Alarm> {
    return this.urgently((kept) => alarms.raiseAlarm(kept, this.ids));
  }

  /** The next message of an alarm that nobody has answered; null when there is none. */
  sayAlarm(fix: TerminalFix | null): Promise<string | null> {
    return this.urgently((kept) => alarms.sayAlarm(kept, this.ids, fix));
  }

  /** The crew has read that it is over. */
  putAlarmAway(): Promise<void> {
    return this.transaction((kept) => {
      if (kept.alarm?.state === "cleared") kept.alarm = null;
    });
  }

  addShot(shot: Omit<Shot, "state" | "sent">): Promise<Shot> {
    return this.transaction((kept) => photos.addShot(kept, shot));
  }

  moveShot(photoId: string, change: Parameters<typeof photos.moveShot>[2]): Promise<void> {
    return this.transaction((kept) => photos.moveShot(kept, photoId, change));
  }

  noticeOf(shot: Shot): Promise<ReturnType<typeof photos.notice>> {
    return this.transaction((kept) => photos.notice(kept, this.ids, shot));
  }

  /** True when something between this message and the last one is missing: the list of jobs is to be asked for. */
  misses(seq: number): boolean {
    return this.kept.last_down_seq > 0 && seq > this.kept.last_down_seq + 1;
  }

  markSent(msgId: string): Promise<void> {
    return this.transaction((kept) => {
      kept.outbox = kept.outbox.map((one) =>
        one.msg_id === msgId && one.state === "waiting" ? { ...one, state: "sent" } : one,
      );
    });
  }

  nextSeq(): Promise<number> {
    return this.transaction((kept) => (kept.up_seq += 1));
  }

  /** All of it is on the disk, or nothing of it happened. */
  private transaction<T>(work: (kept: Kept) => T): Promise<T> {
    return this.change(work, (next) => this.disk.write(this.name, next));
  }

  /** A cry for help goes out, also from a device that can keep nothing any more. */
  private urgently<T>(work: (kept: Kept) => T): Promise<T> {
    return this.change(work, (next) => this.disk.write(this.name, next).catch(() => {}));
  }

  private change<T>(work: (kept: Kept) => T, write: (text: string) => Promise<void>): Promise<T> {
    const done = this.last.then(async () => {
      const next: Kept = { ...this.kept };
      const result = work(next);
      tidy(next);
      await write(JSON.stringify(next));
      this.kept = next;
      this.changed(next);
      return result;
    });
    this.last = done.catch(() => {});
    return done;
  }
}
