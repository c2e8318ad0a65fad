import { describe, expect, it } from "vitest";
import { steady } from "./steady";

describe("rows under a hand", () => {
  it("keep their order; what is new comes last, what is gone is gone", () => {
    expect(steady(["b", "a", "c"], ["x", "a", "b"])).toEqual(["b", "a", "x"]);
    expect(steady([], ["x", "a"])).toEqual(["x", "a"]);
  });
});
