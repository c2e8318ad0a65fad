import { describe, expect, it } from "vitest";
import type { DraftView, IncidentView } from "@shared/contracts/cases";
import { draftFor, fits, newestFirst, offered } from "./acts";

const incident = (id: string, started_at: string): IncidentView => ({
  incident_id: id, case_id: `case-${id}`, number: id, spoken_code: "1", title: id, words: "", prompt: "", category_name: null, category_name_en: null,
  district: null, call_ids: [], started_at, started_by: "qian", ended_at: null, ended_by: "",
});
const draft = (id: string, about: string[] = [], state: DraftView["state"] = "open"): DraftView => ({
  draft_id: id, call_id: "c", state, case_id: null, rev: 1, fields: {}, alarms: [], additional_problems: [], about: null, source: "telephone", taken_by: null, holder: "", holder_name: "", part: null, parts: [],
  duplicates: about.map((case_id) => ({ case_id, number: "", why: "incident", metres: null, filed_at: "" })),
});
const [old, fresh] = [incident("old", "2026-11-30T01:00:00Z"), incident("fresh", "2026-11-30T02:00:00Z")];

describe("which mass incident a call is offered", () => {
  it("is the one that a draft of it fits, else the newest", () => {
    const all = newestFirst({ old, fresh });
    expect(all.map((one) => one.incident_id)).toEqual(["fresh", "old"]);
    expect(offered(all, [])).toBe(fresh);
    expect(offered(all, [draft("d", ["case-old"])])).toBe(old);
    expect(offered([], [])).toBeNull();
  });

  it("is not suggested by a draft that was decided, nor by a likely duplicate of another kind", () => {
    expect(fits(old, [draft("d", ["case-old"], "confirmed")])).toBe(false);
    const other = draft("d", ["case-old"]);
    expect(fits(old, [{ ...other, duplicates: other.duplicates.map((one) => ({ ...one, why: "near" as const })) }])).toBe(false);
  });

  it("takes the draft that fits, or the only one, and never guesses among several", () => {
    expect(draftFor(old, [draft("a"), draft("b", ["case-old"])])?.draft_id).toBe("b");
    expect(draftFor(old, [draft("a"), draft("b", [], "confirmed")])?.draft_id).toBe("a");
    expect(draftFor(old, [draft("a"), draft("b")])).toBeNull();
    expect(draftFor(old, [])).toBeNull();
  });
});
