import { describe, expect, it } from "vitest";
import { MOST_DESK_LEGS } from "@shared/talk/voice";
import { add, change, loudness, read, without, type Strip } from "./selection";

const some = (...groups: string[]): Strip[] => groups.reduce<Strip[]>(add, []);

describe("the talkgroups of a desk", () => {
  it("the key talks to the first one until a hand says otherwise", () => {
    const strips = some("app:a", "app:b");
    expect(strips.map((one) => one.keyed)).toEqual([true, false]);
    expect(change(strips, "app:b", { keyed: true }).every((one) => one.keyed)).toBe(true);
    expect(add(without(strips, "app:a"), "app:c").map((one) => one.keyed)).toEqual([false, true]);
  });

  it("each once, and no more than a desk can hear", () => {
    expect(some("app:a", "app:a")).toHaveLength(1);
    const many = some(...Array.from({ length: 20 }, (_, n) => `app:${n}`));
    expect(many).toHaveLength(MOST_DESK_LEGS);
  });

  it("mute keeps the volume", () => {
    const [strip] = change(some("app:a"), "app:a", { volume: 40, muted: true });
    expect(loudness(strip!)).toBe(0);
    expect(loudness({ ...strip!, muted: false })).toBe(0.4);
  });

  it("comes back as it was kept, and anything else is nothing", () => {
    const strips = change(some("app:a", "app:b"), "app:b", { volume: 30 });
    expect(read(JSON.stringify(strips))).toEqual(strips);
    for (const kept of [null, "", "{", "7", '[null, 3, {"group": ""}]']) expect(read(kept)).toEqual([]);
    expect(read('[{"group": "app:a", "volume": 1e9}, {"group": "app:a"}]')).toEqual([{ group: "app:a", volume: 100, muted: false, keyed: false }]);
  });
});
