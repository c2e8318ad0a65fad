import { describe, expect, it } from "vitest";
import { percent, since } from "./rates";

describe("rates of follow-ups", () => {
  it("are shares with one decimal, and none of nothing", () => {
    expect([percent(0.875), percent(1), percent(0), percent(null)]).toEqual(["87.5 %", "100.0 %", "0.0 %", "–"]);
  });

  it("begin so many days ago", () => {
    expect(since(new Date("2026-12-08T10:00:00Z"), 7)).toBe("2026-12-01T10:00:00.000Z");
  });
});
