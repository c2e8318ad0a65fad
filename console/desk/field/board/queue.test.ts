import { describe, expect, it } from "vitest";
import type { CaseView, DispatchView } from "@shared/contracts/cases";
import type { DeliveryView } from "@shared/contracts/field";
import { lastAt, withDelivery } from "./deliveries";
import { unassigned, underWay, waitingOf, waitOf, waitsSince } from "./queue";

const sent = (step: DispatchView["step"], at = "2026-11-30T08:10:00Z") => ({ dispatch_id: `d-${step}`, unit_id: "app:17", step, at }) as DispatchView;
const filed = (case_id: string, urgency: string | null, filed_at: string, ...dispatches: DispatchView[]) =>
  ({ case_id, urgency, filed_at, state: "filed", dispatches }) as CaseView;
const ids = (cases: readonly CaseView[]) => cases.map((one) => one.case_id);

describe("cases that wait for a crew", () => {
  const old = filed("old", "normal", "2026-11-30T07:00:00Z");
  const back = filed("back", "urgent", "2026-11-30T07:50:00Z", sent("declined"));
  const fire = filed("fire", "danger", "2026-11-30T08:00:00Z");
  const given = filed("given", "danger", "2026-11-30T07:00:00Z", sent("declined"), sent("queued"));
  const over = { ...filed("over", "danger", "2026-11-30T07:00:00Z"), state: "closed" } as CaseView;

  it("are those that nobody has in hand, the most urgent first, of these the oldest", () => {
    const newer = filed("newer", null, "2026-11-30T07:30:00Z");
    expect(ids(unassigned([newer, old, given, over, back, fire]))).toEqual(["fire", "back", "old", "newer"]);
    expect(ids(underWay([old, given, over]))).toEqual(["given"]);
  });

  it("come first when their deadline passed, but for danger to life", () => {
    const late = { ...filed("late", "normal", "2026-11-30T08:00:00Z"), deadline: { state: "overdue" } } as CaseView;
    expect(ids(unassigned([old, back, fire, late]))).toEqual(["fire", "late", "back", "old"]);
  });

  it("wait the longer the less urgent they are, and are due before they are late", () => {
    expect([59, 60, 300].map((s) => waitOf("danger", s))).toEqual(["fresh", "due", "late"]);
    expect([299, 300, 900].map((s) => waitOf("urgent", s))).toEqual(["fresh", "due", "late"]);
    expect([899, 900, 1800].map((s) => waitOf("normal", s))).toEqual(["fresh", "due", "late"]);
  });

  it("say who gave them back, and age from when they were filed", () => {
    const seen = waitingOf(back, Date.parse("2026-11-30T08:20:00Z"));
    expect([seen.seconds, seen.wait, seen.returned?.step]).toEqual([1800, "late", "declined"]);
    expect(waitingOf(given, 0).returned).toBeUndefined();
    expect(waitsSince(back)).toBe("2026-11-30T08:10:00Z");
  });
});

describe("the ways of a dispatch", () => {
  const way = (delivery_id: string, number: number, more: Partial<DeliveryView> = {}) =>
    ({ delivery_id, number, queued_at: "a", sent_at: null, delivered_at: null, displayed_at: null, answered_at: null, ended_at: null, ...more }) as DeliveryView;

  it("stand in their order, each once, as it was told last", () => {
    const known = withDelivery([way("two", 2)], way("one", 1));
    const after = withDelivery(known, way("two", 2, { stage: "sent", sent_at: "b" }));
    expect(after.map((one) => [one.delivery_id, lastAt(one)])).toEqual([["one", "a"], ["two", "b"]]);
  });
});
