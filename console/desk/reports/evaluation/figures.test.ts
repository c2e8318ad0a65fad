import { describe, expect, it } from "vitest";
import type { EvaluationView, FigureDefinition } from "@shared/contracts/cases";
import { byDay, lastPeriod, partsOf, shownRate } from "./figures";

const SHARE: FigureDefinition = { name: "handling_rate", numerator: "handled", denominator: "due", unit: "share", less_is_better: false };
const MEAN: FigureDefinition = { name: "average_handling", numerator: "handling_s", denominator: "handled", unit: "seconds", less_is_better: true };
const row = (key: string, counts: Record<string, number>) => ({ key, name_zh: key, name_en: key, counts, rates: {}, score: null });

describe("figures of the evaluation", () => {
  it("cuts a share: nearly all on time is not all", () => {
    expect(shownRate(SHARE, 0.9996)).toBe("99.9 %");
    expect(shownRate(SHARE, 1)).toBe("100.0 %");
    expect(shownRate(SHARE, null)).toBe("–");
  });
  it("says what a rate is made of", () => {
    expect(partsOf(SHARE, row("x", { handled: 3, due: 4 }))).toBe("3 / 4");
    expect(partsOf(MEAN, row("x", { handled: 3, handling_s: 90 }))).toBe("3");
  });
  it("draws a day where its numbers are", () => {
    const view = { rows: [row("20261130", { filed: 2, handled: 1, closed: 0 })] } as unknown as EvaluationView;
    const drawn = byDay(view, (count) => count);
    expect(new Date(drawn.times[0]! * 1000).getDate()).toBe(30);
    expect(drawn.lines.map((line) => line.values[0])).toEqual([2, 1, 0]);
  });
  it("knows the day, week and month that have ended", () => {
    const wednesday = new Date(2026, 11, 2, 9);
    expect(lastPeriod("day", wednesday)).toEqual({ from: "2026-12-01", to: "2026-12-02" });
    expect(lastPeriod("week", wednesday)).toEqual({ from: "2026-11-23", to: "2026-11-30" });
    expect(lastPeriod("week", new Date(2026, 11, 6))).toEqual({ from: "2026-11-23", to: "2026-11-30" });
    expect(lastPeriod("month", wednesday)).toEqual({ from: "2026-11-01", to: "2026-12-01" });
    expect(lastPeriod("month", new Date(2027, 0, 1))).toEqual({ from: "2026-12-01", to: "2027-01-01" });
  });
});
