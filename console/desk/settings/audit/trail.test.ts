import { describe, expect, it } from "vitest";
import { nothing, query, worded } from "./trail";

describe("what is asked of the audit trail", () => {
  it("sends only what narrows, and the cursor of the page before", () => {
    expect(query(nothing(), null)).toEqual({ limit: 50 });
    expect(query({ ...nothing(), who: " li.na ", text: "a&b" }, "Mw==")).toEqual({ limit: 50, who: "li.na", text: "a&b", cursor: "Mw==" });
  });

  it("sends a time with its offset, and none that is no time", () => {
    const asked = query({ ...nothing(), since: "2026-12-01T08:30", until: "soon" }, null);
    expect(asked.since).toBe(new Date("2026-12-01T08:30").toISOString());
    expect("until" in asked).toBe(false);
  });

  it("words a detail on one line", () => {
    expect(worded({ roles: ["agent", "admin"], n: 3, deep: { a: 1 } })).toBe('roles: agent, admin; n: 3; deep: {"a":1}');
    expect(worded({})).toBe("");
  });
});
