import { describe, expect, it } from "vitest";
import { lineChanges } from "./lines";

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
