import { describe, expect, it } from "vitest";
import type { CaseView } from "@shared/contracts/cases";
import { details } from "./details";

const bare = { intent: "report", time: null, subdistrict: null } as unknown as CaseView;

describe("what a case holds beside class and place", () => {
  it("is nothing where only a report was told, also for a centre that knows none of it", () => {
    expect(details(bare)).toEqual([]);
    expect(details({} as CaseView)).toEqual([]);
  });

  it("is in the order of the form, with names for codes and moments as they are read", () => {
    const filed = {
      ...bare, intent: "status", time: "since 2026-11-24T20", count: "7-8", subdistrict: "230103001",
      subdistrict_name: "奋斗路街道", callback: "13904510001",
    };
    expect(details(filed)).toEqual([
      { name: "intent", text: "status", since: false },
      { name: "time", text: "2026-11-24 20", since: true },
      { name: "count", text: "7-8", since: false },
      { name: "callback", text: "13904510001", since: false },
      { name: "subdistrict", text: "奋斗路街道", since: false },
    ]);
    expect(details({ ...bare, time: "每天晚上" })).toEqual([{ name: "time", text: "每天晚上", since: false }]);
  });
});
