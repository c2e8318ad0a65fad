import { describe, expect, it } from "vitest";
import { AssignmentState, type AssignmentClockView, type AssignmentItem } from "@shared/contracts/cases";
import { deadlineOf, inOrder, STATE_SHAPES, toneOf, wantedOf } from "./assignments";

const clock: AssignmentClockView = {
  started_at: "2026-11-30T01:00:00Z", limit: "4工作时", due_at: "2026-11-30T07:00:00Z", warn_at: "2026-11-30T04:00:00Z", paused_at: null, extended_h: 0,
  provisional: false, state: "running", stopped_at: null, was_overdue: false, decided_by: "limit", outside: null, area_class: null,
};

describe("assignments", () => {
  it("asks for hours, a department or a level where the act has them", () => {
    expect(wantedOf("approve", "extension_asked")).toBe("hours");
    expect(wantedOf("approve", "suspension_asked")).toBeNull();
    expect(wantedOf("reassign", "returned")).toBe("department");
    expect(wantedOf("supervise", "waiting")).toBe("level");
  });

  it("shows no deadline while the clock stands still", () => {
    expect(deadlineOf(clock)).toMatchObject({ due_at: clock.due_at, state: "running" });
    expect(deadlineOf({ ...clock, due_at: null, warn_at: null, paused_at: "2026-11-30T02:00:00Z" })).toBeNull();
  });

  it("marks what waits for a decision, and every state has a shape", () => {
    expect(AssignmentState.filter((state) => toneOf(state) === "warn")).toEqual(["returned", "disputed", "extension_asked", "suspension_asked", "postponement_asked"]);
    expect(AssignmentState.every((state) => STATE_SHAPES[state] !== "")).toBe(true);
  });

  it("puts what is in hand first, the newest of each before the older", () => {
    const found = (["withdrawn", "waiting", "answered", "handling"] as const).map((state) => ({ assignment: { state } }) as AssignmentItem);
    expect(inOrder(found).map((one) => one.assignment.state)).toEqual(["handling", "waiting", "answered", "withdrawn"]);
  });
});
