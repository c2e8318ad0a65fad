import { describe, expect, it } from "vitest";
import type { Segment } from "../../live/kinds";
import { MOST_SEGMENTS, pieces, rows, withGap, withSegment, withSegments } from "./segments";

const said = (segment_id: string, start: number, text: string, final = true): Segment => ({
  segment_id,
  call_id: "c",
  leg_id: "l",
  speaker: "citizen",
  text,
  final,
  started_at: new Date(1_764_000_000_000 + start * 1000).toISOString(),
  start_s: start,
  end_s: start + 1,
});

describe("the transcript", () => {
  it("replaces a partial by the segment with the same id", () => {
    let all = withSegment([], said("a", 0, "井", false));
    all = withSegment(all, said("a", 0, "井盖", false));
    all = withSegment(all, said("a", 0, "井盖丢了"));
    expect(all.map((s) => s.text)).toEqual(["井盖丢了"]);
  });

  it("keeps a final segment when its partial arrives late", () => {
    const all = withSegments([], [said("a", 0, "井盖丢了"), said("a", 0, "井盖", false)]);
    expect(all[0]).toMatchObject({ text: "井盖丢了", final: true });
  });

  it("orders both speakers by when they spoke, however they arrive", () => {
    const all = withSegments([], [said("c", 9, "3"), said("a", 1, "1"), said("b", 5, "2")]);
    expect(all.map((s) => s.text)).toEqual(["1", "2", "3"]);
  });

  it("moves a segment whose start was corrected", () => {
    const all = withSegments([], [said("a", 1, "1"), said("b", 5, "2", false), said("b", 0.5, "0")]);
    expect(all.map((s) => s.text)).toEqual(["0", "1"]);
  });

  it("stays bounded and drops the oldest", () => {
    let all: Segment[] = [];
    for (let i = 0; i < MOST_SEGMENTS + 5; i++) all = withSegment(all, said(`s${i}`, i, `${i}`));
    expect(all).toHaveLength(MOST_SEGMENTS);
    expect(all[0]!.text).toBe("5");
  });

  it("shows a gap once, where words are missing, and no more once they came", () => {
    const { text: _text, final: _final, ...where } = said("g", 3, "");
    const gap = { ...where, reason: "overload" };
    const gaps = withGap(withGap([], gap), { ...gap, end_s: 9 });
    expect(gaps).toEqual([{ ...gap, end_s: 9 }]);
    const keys = (segments: Segment[]) => rows(segments, gaps).map((row) => row.key);
    expect(keys([said("a", 1, "1"), said("b", 5, "2")])).toEqual(["a", "gap-g", "b"]);
    expect(keys([said("g", 3, "late after all")])).toEqual(["g"]);
  });
});

describe("the words a field came from", () => {
  it("cuts the text where the evidence is", () => {
    expect(pieces("学府路74号井盖丢了", "a", [{ segment_id: "a", start: 0, end: 6 }])).toEqual([
      { text: "学府路74号", marked: true },
      { text: "井盖丢了", marked: false },
    ]);
  });

  it("counts code points, so that rare characters do not shift the mark", () => {
    expect(pieces("𠮷井盖", "a", [{ segment_id: "a", start: 1, end: 3 }])).toEqual([
      { text: "𠮷", marked: false },
      { text: "井盖", marked: true },
    ]);
  });

  it("bears spans that overlap, run over the end, or belong to another segment", () => {
    const spans = [
      { segment_id: "a", start: 1, end: 2 },
      { segment_id: "a", start: 1, end: 99 },
      { segment_id: "b", start: 0, end: 1 },
    ];
    expect(pieces("井盖丢", "a", spans)).toEqual([
      { text: "井", marked: false },
      { text: "盖丢", marked: true },
    ]);
  });
});
