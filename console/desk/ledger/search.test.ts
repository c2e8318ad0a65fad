import { describe, expect, it } from "vitest";
import type { LedgerRecording, LedgerSegment } from "@shared/contracts/cdr";
import { noFilter, placeOf, query, soundsOf, spokenAt } from "./search";

describe("query", () => {
  it("asks for what is written, and for nothing else", () => {
    expect(query({ ...noFilter(), number: " 139 ", longer: "x", since: "never" }, null)).toEqual({ limit: 50, number: "139" });
    expect(query({ ...noFilter(), longer: "60" }, "c")).toEqual({ limit: 50, longer_s: 60, cursor: "c" });
  });
});

describe("sound and words", () => {
  const began = "2026-11-30T08:00:00Z";
  const said = (segment_id: string, second: number) => ({ segment_id, started_at: new Date(Date.parse(began) + second * 1000).toISOString() }) as LedgerSegment;

  it("plays both halves of the citizen's leg", () => {
    const of = (recording_id: string, leg_id: string, state = "complete") => ({ recording_id, leg_id, state }) as LedgerRecording;
    const all = [of("a", "agent"), of("b", "citizen"), of("c", "citizen"), of("d", "citizen", "missing")];
    expect(soundsOf(all, new Set(["citizen"])).map((one) => one.recording_id)).toEqual(["b", "c"]);
    expect(soundsOf(all, new Set()).map((one) => one.recording_id)).toEqual(["a"]);
    expect(soundsOf([], new Set())).toEqual([]);
  });

  it("finds the words of a second, and the second of words", () => {
    const words = [said("x", 2), said("y", 5)];
    expect(spokenAt(words, began, 1)).toBeNull();
    expect(spokenAt(words, began, 4.9)).toBe("x");
    expect(spokenAt(words, began, 5)).toBe("y");
    expect(placeOf(said("early", -3), began)).toBe(0);
  });
});
