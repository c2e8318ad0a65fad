/**
 * One draft as a form: takes what the server sends, writes each edited field back by itself (compare-and-set by
 * `rev`, one write of a field under way at a time), and keeps typed text until the server has it.
 */
import { reactive } from "vue";
import type { DraftView, FieldValue } from "@shared/contracts/cases";
import { Refused } from "@shared/http";
import { opId } from "@shared/ids";
import { FORM_FIELDS, type FormField } from "./fields";
import { accept, contested, DRAFT, edit, EMPTY, insist, leave, receive, saved, type Hands, type HeldField } from "./ownership";

export interface DraftPort {
  write(draftId: string, change: { op_id: string; field: FormField; value: string | null; rev: number }): Promise<DraftView>;
  read(draftId: string): Promise<DraftView>;
  after(milliseconds: number, act: () => void): () => void;
  keep(draftId: string, unsaved: Partial<Record<FormField, string>>): void;
  kept(draftId: string): Partial<Record<FormField, string>>;
  /** Who types here. */
  me(): string;
}

export type Saving = "saved" | "saving" | "away" | "refused" | "contested";

const PAUSE_MS = 700;
const RETRY_MS = 3000;
const MOST_CONFLICTS = 4;

export class DraftForm {
  readonly fields: Record<FormField, HeldField>;
  readonly saving: Record<FormField, Saving>;
  private readonly hands: Record<FormField, Hands>;
  private readonly pauses = new Map<FormField, () => void>();
  private readonly writing = new Map<FormField, Promise<void>>();
  private closed = false;

  constructor(
    readonly draftId: string,
    private readonly port: DraftPort,
  ) {
    const each = <T>(make: () => T) =>
      Object.fromEntries(FORM_FIELDS.map((name) => [name, make()])) as Record<FormField, T>;
    this.fields = reactive(each(() => EMPTY));
    this.saving = reactive(each<Saving>(() => "saved"));
    this.hands = each(() => ({ focused: false, composing: false }));
    for (const [name, text] of Object.entries(port.kept(draftId)) as [FormField, string][]) {
      this.fields[name] = edit(this.fields[name], text);
      this.later(name, 0);
    }
  }

  take(draft: DraftView): void {
    for (const name of FORM_FIELDS) {
      const value = draft.fields[name];
      if (value) this.fields[name] = receive(this.fields[name], value, this.hands[name]);
    }
  }

  focus(name: FormField): void {
    this.hands[name] = { ...this.hands[name], focused: true };
  }

  blur(name: FormField): void {
    this.hands[name] = { focused: false, composing: false };
    this.fields[name] = leave(this.fields[name]);
    if (this.fields[name].unsaved) this.later(name, 0);
  }

  compose(name: FormField, composing: boolean): void {
    this.hands[name] = { ...this.hands[name], composing };
  }

  type(name: FormField, text: string): void {
    this.set(name, edit(this.fields[name], text), PAUSE_MS);
  }

  choose(name: FormField, value: string): void {
    this.set(name, edit(this.fields[name], value), 0);
  }

  /** The agent decided, even if the value stays what it was: it is written and is the agent's from now on. */
  decide(name: FormField, value: string): void {
    this.set(name, { ...this.fields[name], text: value, unsaved: true }, 0);
  }

  acceptSuggestion(name: FormField): void {
    this.set(name, accept(this.fields[name]), 0);
  }

  /** Somebody else wrote meanwhile: this person's text stays, and takes its place. */
  insistOn(name: FormField): void {
    this.set(name, insist(this.fields[name]), 0);
  }

  /** What was typed here and is not with the server. */
  unsaved(): Partial<Record<FormField, string>> {
    const names = FORM_FIELDS.filter((name) => this.fields[name].unsaved);
    return Object.fromEntries(names.map((name) => [name, this.fields[name].text]));
  }

  /** Until every typed field is written; false when one could not be. */
  async settle(): Promise<boolean> {
    for (const name of FORM_FIELDS) {
      this.cancelPause(name);
      await this.writing.get(name);
      if (this.fields[name].unsaved) await this.write(name);
    }
    return FORM_FIELDS.every((name) => !this.fields[name].unsaved);
  }

  close(): void {
    this.closed = true;
    for (const name of FORM_FIELDS) this.cancelPause(name);
  }

  private set(name: FormField, next: HeldField, wait: number): void {
    this.fields[name] = next;
    this.remember();
    if (next.unsaved) this.later(name, wait);
  }

  private later(name: FormField, wait: number): void {
    this.cancelPause(name);
    this.pauses.set(
      name,
      this.port.after(wait, () => void this.write(name)),
    );
  }

  private cancelPause(name: FormField): void {
    this.pauses.get(name)?.();
    this.pauses.delete(name);
  }

  private write(name: FormField): Promise<void> {
    const under = this.writing.get(name);
    if (under) return under.then(() => (this.fields[name].unsaved ? this.write(name) : undefined));
    const work = this.attempt(name).finally(() => this.writing.delete(name));
    this.writing.set(name, work);
    return work;
  }

  private async attempt(name: FormField): Promise<void> {
    this.saving[name] = "saving";
    for (let conflicts = 0; this.fields[name].unsaved && !this.closed; ) {
      if (contested(this.fields[name], this.port.me())) {
        this.saving[name] = "contested";
        return;
      }
      const sent = this.fields[name].text;
      const change = { op_id: opId(), field: name, value: sent === "" ? null : sent, rev: Math.max(0, this.fields[name].rev) };
      try {
        const draft = await this.port.write(this.draftId, change);
        this.fields[name] = saved(this.fields[name], sent, draft.fields[name] ?? asSent(change));
        this.remember();
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        if (problem.problem.type.endsWith(":draft-closed")) {
          this.saving[name] = "refused";
          return;
        }
        if (problem.status === 409 && conflicts < MOST_CONFLICTS) {
          conflicts += 1;
          await this.catchUp(name);
        } else if (problem.status === 0 || problem.status >= 500) {
          this.saving[name] = "away";
          if (!this.closed) this.later(name, RETRY_MS);
          return;
        } else {
          this.saving[name] = "refused";
          return;
        }
      }
    }
    this.saving[name] = "saved";
  }

  /** Somebody wrote in between: see the newest revision, keep the agent's text, write again on top. */
  private async catchUp(name: FormField): Promise<void> {
    try {
      this.take(await this.port.read(this.draftId));
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
    }
    if (this.fields[name].by === DRAFT && this.fields[name].suggestion?.text === this.fields[name].text) {
      this.fields[name] = { ...this.fields[name], suggestion: null };
    }
  }

  private remember(): void {
    this.port.keep(this.draftId, this.unsaved());
  }
}

/** An answer that does not repeat the field: what was sent now stands, one revision on, and is the agent's. */
function asSent(change: { value: string | null; rev: number }): FieldValue {
  return { value: change.value, rev: change.rev + 1, by: "agent", confidence: 1, shown: "sure", evidence: [], runner_up: null, others: [], detail: {}, author: "", author_name: "", at: null, earlier: [] };
}
