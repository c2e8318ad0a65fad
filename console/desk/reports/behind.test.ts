import { describe, expect, it } from "vitest";
import { behind, hasBehind, subjectOf } from "./behind";
import { fromAddress } from "../ledger/search";

const row = { since: "2026-11-29T00:00:00+08:00", until: "2026-11-30T00:00:00+08:00", queue: "cityhall", agent: "" };

describe("what is behind a figure", () => {
  it("is the list of calls with the figure's own filter in its address", () => {
    expect(behind("abandoned_queue", row)).toEqual({
      name: "supervision-section",
      params: { section: "recordings" },
      query: { since: row.since, until: row.until, outcome: "abandoned_queue", direction: "inbound", queue: "cityhall" },
    });
    expect(behind("average_talk", row)).toMatchObject({ query: { outcome: "answered", direction: "inbound" } });
    expect(behind("offered", { ...row, agent: "li.na" })).toMatchObject({ query: { agent: "li.na" } });
    expect(behind("disposed_prank", row)).toMatchObject({ query: { disposition: "prank" } });
  });

  it("is the list of cases where cases are counted", () => {
    expect(behind("disposed_case", row)).toEqual({ name: "cases", query: { since: row.since, until: row.until } });
  });

  it("is nothing for the time that an agent was signed in", () => {
    expect(hasBehind("time_ready")).toBe(false);
    expect(hasBehind("occupancy")).toBe(false);
    expect(hasBehind("answered")).toBe(true);
  });

  it("is read back by the list as it was written", () => {
    const target = behind("outbound_answered", row) as { query: Record<string, string> };
    expect(fromAddress(target.query)).toMatchObject({ direction: "outbound", outcome: "answered", queue: "cityhall" });
    expect(subjectOf({ queue: "a" }, { queue: "b", agent: "c" })).toEqual({ queue: "a", agent: "c" });
  });
});
