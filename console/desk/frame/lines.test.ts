import { describe, expect, it } from "vitest";
import { lineChanges, shortened } from "./lines";

describe("two versions", () => {
  it("differ line by line", () => {
    expect(lineChanges("a\nb\nc", "a\nx\nc\nd").map((line) => `${line.kind[0]}${line.text}`)).toEqual(["sa", "rb", "ax", "sc", "ad"]);
    expect(lineChanges("a", "a")).toEqual([{ kind: "same", text: "a" }]);
  });

  it("give both texts back", () => {
    const [before, after] = ["一\n二\n三\n四", "二\n零\n四\n五"];
    const lines = lineChanges(before, after);
    const side = (without: string) => lines.filter((line) => line.kind !== without).map((line) => line.text).join("\n");
    expect([side("added"), side("removed")]).toEqual([before, after]);
  });
});

describe("what is shown of them", () => {
  it("is what changed, and a little around it", () => {
    const lines = lineChanges("1\n2\n3\n4\n5\n6\n7\n8", "1\n2\n3\n4\nx\n6\n7\n8");
    expect(shortened(lines, 1).map((one) => (one.kind === "gap" ? one.count : one.text))).toEqual([3, "4", "5", "x", "6", 2]);
    expect(shortened(lineChanges("a\nb", "a\nb"))).toEqual([{ kind: "gap", count: 2 }]);
  });
});
