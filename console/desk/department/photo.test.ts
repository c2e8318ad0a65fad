import { describe, expect, it } from "vitest";
import { fitted, MOST_SIDE } from "./photo";

describe("a photo before it is sent", () => {
  it("keeps its shape within the longest side", () => {
    expect(fitted(4032, 3024)).toEqual({ width: MOST_SIDE, height: 1536 });
    expect(fitted(3024, 4032)).toEqual({ width: 1536, height: MOST_SIDE });
  });

  it("is never made larger, and never loses a side", () => {
    expect(fitted(640, 480)).toEqual({ width: 640, height: 480 });
    expect(fitted(100_000, 1)).toEqual({ width: MOST_SIDE, height: 1 });
  });
});
