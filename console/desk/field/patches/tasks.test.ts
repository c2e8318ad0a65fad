import { describe, expect, it } from "vitest";
import type { PatchBeatView } from "@shared/contracts/sensing";
import { isFree } from "./tasks";

const beat = (waiting: number, ...states: string[]): PatchBeatView => ({ waiting, tasks: states.map((state) => ({ state })) }) as PatchBeatView;

describe("the patches of a beat", () => {
  it("are given out while some wait and no inspector has others", () => {
    expect(isFree(beat(3))).toBe(true);
    expect(isFree(beat(3, "answered", "over"))).toBe(true);
    expect(isFree(beat(3, "asked"))).toBe(false);
    expect(isFree(beat(0, "answered"))).toBe(false);
  });

  it("are given out again after an inspector declined, or before one was found", () => {
    expect(isFree(beat(0, "declined"))).toBe(true);
    expect(isFree(beat(0, "asking"))).toBe(true);
  });
});
