import { describe, expect, it } from "vitest";
import { blocksOf, runsOf } from "./reading";

describe("what was found", () => {
  it("is marked by code points", () => {
    expect(runsOf({ text: "𠮷下水井盖", spans: [[1, 3], [3, 5]] })).toEqual([
      { text: "𠮷", strong: false },
      { text: "下水", strong: true },
      { text: "井盖", strong: true },
    ]);
    expect(runsOf({ text: "a", spans: [] })).toEqual([{ text: "a", strong: false }]);
  });
});

describe("an article's Markdown", () => {
  it("is headings, items, paragraphs and bold", () => {
    expect(blocksOf("# 供暖\n\n先问\n地址。\n- **红色**预警\n- two\n  lines\n1. first")).toEqual([
      { kind: "heading", runs: [{ text: "供暖", strong: false }] },
      { kind: "text", runs: [{ text: "先问地址。", strong: false }] },
      { kind: "item", runs: [{ text: "红色", strong: true }, { text: "预警", strong: false }] },
      { kind: "item", runs: [{ text: "two lines", strong: false }] },
      { kind: "item", runs: [{ text: "1. first", strong: false }] },
    ]);
  });

  it("is never markup", () => {
    expect(blocksOf("<img src=x onerror=alert(1)>")[0]!.runs[0]!.text).toBe("<img src=x onerror=alert(1)>");
  });
});
