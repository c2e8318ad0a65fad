import { describe, expect, it } from "vitest";
import { degraded } from "./systemParts";

describe("degraded", () => {
  const late = { part: "cdr.import", state: "degraded", why: "CEL lines have waited for 61 s" };

  it("names parts that are not up", () => {
    expect(degraded({ state: "degraded", parts: [{ part: "bus", state: "up", why: "" }, late] })).toEqual([late]);
    expect(degraded({ state: "up", parts: [] })).toEqual([]);
  });

  it("knows nothing where nothing is told", () => {
    for (const answer of [null, undefined, "x", { state: "up" }, { parts: 7 }]) expect(degraded(answer)).toBeNull();
  });
});
