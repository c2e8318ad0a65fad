import { describe, expect, it } from "vitest";
import type { CaseView, TimelineEntry, TimelineKind } from "@shared/contracts/cases";
import { folded, unitOf, versionOf } from "./timeline";

const entry = (kind: TimelineKind, at: string, unit_id: string | null = null) => ({ kind, at, unit_id, dispatch_id: null }) as TimelineEntry;

describe("the rows of a timeline", () => {
  const entries = [
    entry("act", "06:00"), entry("position", "06:01", "a"), entry("position", "06:02", "a"), entry("position", "06:03", "b"),
    entry("photo", "06:04", "a"), entry("position", "06:05", "a"),
  ];

  it("are the entries in their order, a unit's positions in a row as one", () => {
    const rows = folded(entries);
    expect(rows.map(({ entry: { kind }, count, until }) => [kind, count, until])).toEqual([
      ["act", 1, "06:00"], ["position", 2, "06:02"], ["position", 1, "06:03"], ["photo", 1, "06:04"], ["position", 1, "06:05"],
    ]);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });

  it("leave out what is hidden", () => {
    expect(folded(entries, new Set<TimelineKind>(["position"])).map((row) => row.entry.kind)).toEqual(["act", "photo"]);
  });
});

describe("what an entry is about", () => {
  const filed = { updated_at: "1", state: "filed", call_ids: [], dispatches: [{ dispatch_id: "d1", unit_id: "app:17", step: "queued" }] } as unknown as CaseView;

  it("is the unit that it names, or the one of its dispatch", () => {
    expect(unitOf(entry("photo", "", "app:18"), filed)).toBe("app:18");
    expect(unitOf({ ...entry("dispatch", ""), dispatch_id: "d1" }, filed)).toBe("app:17");
    expect(unitOf(entry("act", ""), filed)).toBe("");
  });

  it("is another version after a step of a dispatch or a further call", () => {
    expect(versionOf(filed)).not.toBe(versionOf({ ...filed, call_ids: ["c1"] }));
    expect(versionOf(filed)).not.toBe(versionOf({ ...filed, dispatches: [{ ...filed.dispatches[0]!, step: "done" }] }));
  });
});
