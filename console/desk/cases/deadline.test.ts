import { describe, expect, it } from "vitest";
import type { CaseDeadlineView } from "@shared/contracts/cases";
import { dueWords, isOverdue, limitWords, timeLeft } from "./deadline";

const deadline = (more: Partial<CaseDeadlineView> = {}): CaseDeadlineView => ({
  stage: "handling", started_at: "2026-11-30T01:00:00Z", warn_at: "2026-11-30T04:00:00Z", due_at: "2026-11-30T05:00:00Z",
  provisional: false, limit: "4小时", condition_zh: "缺失", condition_en: "missing", assumed: false, state: "running", stopped_at: null, was_overdue: false, decided_by: "limit", outside: null, area_class: null, ...more,
});
const at = (time: string) => Date.parse(`2026-11-30T${time}Z`);

const said = (key: string, named: Record<string, unknown>) => `${key} ${[named["n"], named["limit"]].filter(Boolean).join(" ")}`.trim();

describe("until when a case is to be handled", () => {
  const order = { due_at: "2026-11-30T05:00:00Z", set_by: "12345", reference: "A-1" };
  it("says whose deadline decided, and what the limit of the class is", () => {
    expect(dueWords(deadline(), said, "zh")).toBe("deadline.title 4小时");
    expect(dueWords(deadline({ decided_by: "12345", outside: order }), said, "zh")).toBe("deadline.untilInstead 4小时 · deadline.decides.order A-1");
    expect(dueWords(deadline({ decided_by: "superior", limit: "", outside: { ...order, set_by: "superior" } }), said, "zh")).toBe("deadline.until · deadline.decides.superior A-1");
    expect(dueWords(deadline({ outside: order }), said, "zh")).toBe("deadline.title 4小时 · deadline.later.order A-1");
  });
});

describe("the time that a case has left", () => {
  it("is all of it at its beginning", () => {
    expect(timeLeft(deadline(), at("01:00:00"))).toEqual({ look: "running", n: 4, unit: "hours" });
    expect(timeLeft(deadline(), at("01:00:20"))).toEqual({ look: "running", n: 4, unit: "hours" });
    expect(timeLeft(deadline(), at("03:30:00"))).toEqual({ look: "running", n: 90, unit: "minutes" });
  });

  it("warns and is over by this machine's clock, and by what the centre has found", () => {
    expect(timeLeft(deadline(), at("04:30:00"))).toEqual({ look: "warned", n: 30, unit: "minutes" });
    expect(timeLeft(deadline({ state: "warned" }), at("03:59:00")).look).toBe("warned");
    expect(timeLeft(deadline(), at("05:01:00"))).toEqual({ look: "overdue", n: 1, unit: "minutes" });
    expect(timeLeft(deadline({ state: "overdue" }), at("04:59:00")).look).toBe("overdue");
  });

  it("is told no more when the clock stopped, but whether that was in time", () => {
    const stopped = (stopped_at: string) => timeLeft(deadline({ state: "stopped", stopped_at }), at("09:00:00")).look;
    expect(stopped("2026-11-30T05:00:00Z")).toBe("inTime");
    expect(stopped("2026-11-30T05:00:01Z")).toBe("late");
  });

  it("has its limit in the reader's language", () => {
    expect(["2紧急工作时", "1工作日", "0.5小时", "种植季节15工作日"].map((one) => limitWords(one, "en"))).toEqual(["2 urgent hours", "1 working day", "0.5 hours", "种植季节15工作日"]);
    expect(limitWords("2紧急工作时", "zh")).toBe("2紧急工作时");
  });

  it("is over only when the centre says so, where others rely on it", () => {
    expect(isOverdue({ deadline: deadline({ state: "overdue" }) })).toBe(true);
    expect(isOverdue({ deadline: deadline({ state: "warned" }) })).toBe(false);
    expect(isOverdue({ deadline: null })).toBe(false);
  });
});
