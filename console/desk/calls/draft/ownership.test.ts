import { describe, expect, it } from "vitest";
import type { FieldValue } from "@shared/contracts/cases";
import { accept, byAgent, contested, edit, EMPTY, insist, leave, receive, saved, type Hands, type HeldField } from "./ownership";

const away: Hands = { focused: false, composing: false };
const inside: Hands = { focused: true, composing: false };
const fromDraft = (value: string, rev: number): FieldValue => ({
  value,
  rev,
  by: "draft",
  confidence: 0.8,
  shown: "sure",
  evidence: [{ segment_id: "a", start: 0, end: value.length }],
  runner_up: null,
  others: [],
  detail: {},
  author: "",
  author_name: "",
  at: null,
  earlier: [],
});
const fromAgent = (value: string, rev: number, author = "li.na"): FieldValue => ({
  ...fromDraft(value, rev),
  by: "agent",
  author,
  confidence: 0,
  shown: "sure",
  evidence: [],
});

describe("a field that a draft and an agent share", () => {
  it("shows what the draft heard while nobody touches it", () => {
    const field = receive(EMPTY, fromDraft("学府路74号", 1), away);
    expect(field).toMatchObject({ text: "学府路74号", by: "draft", rev: 1, suggestion: null });
    expect(receive(field, fromDraft("学府路76号", 2), away).text).toBe("学府路76号");
  });

  it("shows when the draft is surer of the same value, and never with another value of the same revision", () => {
    const field = receive(EMPTY, fromDraft("学府路74号", 1), away);
    expect(receive(field, { ...fromDraft("学府路74号", 1), confidence: 0.96 }, away).confidence).toBe(0.96);
    expect(receive(field, fromDraft("学府路76号", 1), away)).toEqual(field);
  });

  it("never changes under the agent's hands: focus and composition make it a suggestion", () => {
    const field = receive(EMPTY, fromDraft("学府", 1), away);
    for (const hands of [inside, { focused: true, composing: true }, { focused: false, composing: true }]) {
      const held = receive(field, fromDraft("学府路", 2), hands);
      expect(held.text).toBe("学府");
      expect(held.suggestion?.text).toBe("学府路");
    }
  });

  it("shows a waiting suggestion when the focus leaves a field that was only looked at", () => {
    const held = receive(receive(EMPTY, fromDraft("学府", 1), away), fromDraft("学府路", 2), inside);
    expect(leave(held)).toMatchObject({ text: "学府路", suggestion: null });
  });

  it("keeps what the agent typed, before and after it is saved", () => {
    const typed = edit(receive(EMPTY, fromDraft("学府路74号", 1), away), "和兴路26号");
    expect(leave(receive(typed, fromDraft("学府路76号", 2), away)).text).toBe("和兴路26号");
    const kept = saved(typed, "和兴路26号", fromAgent("和兴路26号", 3));
    expect(byAgent(kept)).toBe(true);
    expect(receive(kept, fromDraft("学府路78号", 4), away)).toMatchObject({
      text: "和兴路26号",
      suggestion: { text: "学府路78号" },
    });
  });

  it("keeps an emptied field empty", () => {
    const emptied = edit(receive(EMPTY, fromDraft("学府路", 1), away), "");
    const kept = saved(emptied, "", fromAgent("", 2));
    expect(receive(kept, fromDraft("学府路", 3), away).text).toBe("");
  });

  it("becomes the agent's when a suggestion is accepted", () => {
    const held = receive(edit(EMPTY, "x"), fromDraft("学府路", 1), away);
    expect(accept(held)).toMatchObject({ text: "学府路", suggestion: null, unsaved: true });
  });

  it("drops what is older than what it has seen", () => {
    const field = receive(EMPTY, fromDraft("new", 5), away);
    expect(receive(field, fromDraft("old", 4), away)).toBe(field);
    expect(receive(field, fromDraft("same", 5), away)).toBe(field);
  });

  it("stays unsaved when typing went on while the answer was under way", () => {
    const typing = edit(edit(EMPTY, "和"), "和兴路");
    expect(saved(typing, "和", fromAgent("和", 1)).unsaved).toBe(true);
    expect(saved(typing, "和兴路", fromAgent("和兴路", 1)).unsaved).toBe(false);
  });

  it("loses nothing that was typed, whatever arrives in whatever order", () => {
    let state = 20251125;
    const random = (below: number) => (state = (state * 1103515245 + 12345) % 2 ** 31) % below;
    for (let run = 0; run < 2000; run++) {
      let field: HeldField = EMPTY;
      let typed: string | null = null;
      let hands = away;
      for (let step = 0; step < 30; step++) {
        const what = random(6);
        if (what === 0) hands = random(2) ? inside : away;
        else if (what === 1) field = leave(field);
        else if (what === 2) field = edit(field, (typed = `agent ${run} ${step}`));
        else if (what === 3 && typed !== null) field = saved(field, field.text, fromAgent(field.text, random(40)));
        else field = receive(field, fromDraft(`draft ${random(100)}`, random(40)), hands);
        if (typed !== null) expect(field.text).toBe(typed);
      }
    }
  });
});

describe("a field that two agents share", () => {
  const MINE = "li.na";
  const theirs = (value: string, rev: number) => ({ ...fromAgent(value, rev, "wang"), author_name: "王伟" });

  it("takes over what a colleague wrote while nobody types here, and says who wrote it", () => {
    const field = receive(receive(EMPTY, fromAgent("学府路", 1), away), theirs("和兴路", 2), away);
    expect(field).toMatchObject({ text: "和兴路", author: "wang", authorName: "王伟", suggestion: null });
  });

  it("keeps what was typed against what a colleague wrote meanwhile, until its person decides", () => {
    const typed = edit(receive(EMPTY, fromAgent("学府路", 1), away), "学府路74号");
    const both = receive(typed, theirs("和兴路26号", 2), inside);
    expect(both.text).toBe("学府路74号");
    expect(contested(both, MINE)).toBe(true);
    expect(contested(insist(both), MINE)).toBe(false);
    expect(insist(both)).toMatchObject({ text: "学府路74号", unsaved: true, rev: 2 });
    expect(accept(both)).toMatchObject({ text: "和兴路26号", author: "wang", unsaved: false, suggestion: null });
  });

  it("is not contested by its own person at another page, nor by the draft", () => {
    const typed = edit(receive(EMPTY, fromAgent("学府路", 1), away), "学府路74号");
    expect(contested(receive(typed, fromAgent("和兴路", 2), inside), MINE)).toBe(false);
    expect(contested(receive(typed, fromDraft("和兴路", 2), inside), MINE)).toBe(false);
  });

  it("shows what a colleague wrote when the focus leaves a field that was only looked at", () => {
    const held = receive(receive(EMPTY, fromAgent("学府路", 1), away), theirs("和兴路", 2), inside);
    expect(held.text).toBe("学府路");
    expect(leave(held)).toMatchObject({ text: "和兴路", author: "wang" });
  });

  it("never writes over a colleague unasked, and loses neither text, in any order", () => {
    let state = 20261130;
    const random = (below: number) => (state = (state * 1103515245 + 12345) % 2 ** 31) % below;
    for (let run = 0; run < 2000; run++) {
      let field: HeldField = EMPTY;
      let rev = 0;
      let [typed, other] = ["", ""];
      for (let step = 0; step < 20; step++) {
        const what = random(4);
        if (what === 0) field = edit(field, (typed = `mine ${run} ${step}`));
        else if (what === 1) field = receive(field, theirs((other = `theirs ${run} ${step}`), ++rev), random(2) ? inside : away);
        else if (what === 2 && field.unsaved && !contested(field, MINE)) field = saved(field, field.text, fromAgent(field.text, ++rev));
        else if (what === 3 && contested(field, MINE)) field = random(2) ? insist(field) : accept(field);
        if (field.unsaved) {
          expect(field.text).toBe(typed);
          if (contested(field, MINE)) expect(field.suggestion?.text).toBe(other);
        }
      }
    }
  });
});
