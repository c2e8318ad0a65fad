import { describe, expect, it } from "vitest";
import type { CaseView } from "@shared/contracts/cases";
import { MASKED } from "../../live/state";
import { ageOf, current, rowAfter } from "./row";

const listed = { case_id: "k1", state: "filed", description: "井盖丢了", updated_at: "2026-11-25T06:00:00Z", dispatches: [] } as unknown as CaseView;

describe("a row of the list", () => {
  it("follows what events tell, but for what they mask", () => {
    const live = { ...listed, state: "done", description: MASKED, updated_at: "2026-11-25T06:05:00Z" } as CaseView;
    expect(current(listed, live)).toMatchObject({ state: "done", description: "井盖丢了" });
    expect(current(listed, undefined)).toBe(listed);
  });

  it("does not go back to what an event told before it was listed", () => {
    expect(current(listed, { ...listed, state: "cancelled", updated_at: "2026-11-25T05:00:00Z" })).toMatchObject({ state: "filed" });
  });

  it("says its age in the largest whole unit that still tells something", () => {
    const now = Date.parse("2026-11-25T06:00:00Z");
    expect(ageOf("2026-11-25T05:01:00Z", now)).toEqual({ n: 59, unit: "minutes" });
    expect(ageOf("2026-11-25T03:00:00Z", now)).toEqual({ n: 3, unit: "hours" });
    expect(ageOf("2026-11-20T06:00:00Z", now)).toEqual({ n: 5, unit: "days" });
    expect(ageOf("2026-11-25T06:01:00Z", now)).toEqual({ n: 0, unit: "minutes" });
  });
});

describe("a key in the list", () => {
  it("moves within the rows that are there", () => {
    expect(rowAfter("ArrowDown", -1, 3, 10)).toBe(0);
    expect(rowAfter("ArrowDown", 2, 3, 10)).toBe(2);
    expect(rowAfter("ArrowUp", 0, 3, 10)).toBe(0);
    expect(rowAfter("PageDown", 1, 30, 10)).toBe(11);
    expect(rowAfter("End", 0, 30, 10)).toBe(29);
    expect(rowAfter("Home", 7, 30, 10)).toBe(0);
  });

  it("does nothing in an empty list, nor where it means nothing", () => {
    expect(rowAfter("ArrowDown", -1, 0, 10)).toBeNull();
    expect(rowAfter("a", 1, 3, 10)).toBeNull();
  });
});
