import { describe, expect, it } from "vitest";
import type { ReportView } from "@shared/contracts/cdr";
import { figures, series, shown, until } from "./table";

const view = (more: Partial<ReportView>): ReportView =>
  ({
    report: "queues",
    columns: ["interval_start", "queue", "offered", "connect_rate", "cut"],
    units: { offered: "count", connect_rate: "share", cut: "count" },
    rows: [],
    total: {},
    ...more,
  }) as unknown as ReportView;

describe("a report", () => {
  it("shows the main figures first, and all on request", () => {
    expect(figures(view({}), false)).toEqual(["offered", "connect_rate"]);
    expect(figures(view({}), true)).toEqual(["offered", "connect_rate", "cut"]);
  });

  it("says what is unknown, and never rounds up", () => {
    expect(shown(view({}), "connect_rate", null)).toBe("–");
    expect(shown(view({}), "connect_rate", 0.94999)).toBe("94.9 %");
    expect(shown(view({}), "offered", 0)).toBe("0");
  });

  it("draws a line for each queue with a gap where nothing is known", () => {
    const day = (n: number) => `2026-11-0${n}T00:00:00+08:00`;
    const rows = [
      { interval_start: day(2), queue: "b", offered: 9 },
      { interval_start: day(1), queue: "a", offered: 1 },
      { interval_start: day(2), queue: "a", offered: null },
    ];
    const drawn = series(view({ rows }), "offered");
    expect(drawn.times).toEqual([day(1), day(2)].map((at) => Date.parse(at) / 1000));
    expect(drawn.lines).toEqual([
      { name: "b", values: [null, 9] },
      { name: "a", values: [1, null] },
    ]);
  });

  it("knows the calls behind a row by its time", () => {
    expect(until("2026-11-01T00:00:00.000Z", "hour", "x")).toBe("2026-11-01T01:00:00.000Z");
    expect(until("2026-11-01T00:00:00.000Z", "whole", "x")).toBe("x");
  });
});
