import { describe, expect, it } from "vitest";
import type { PlayedTransmission, PlaybackView } from "@shared/contracts/cdr";
import type { FloorChanged } from "@shared/contracts/radio_bridge";
import { asksFor, heardAt, keyOf, lengthOf, lostOf, moved, newestFirst, onAir, saysMore, soundPath, startOf, unrecordedOf } from "./playback";

const at = (second: number): string => new Date(Date.UTC(2026, 10, 29, 6, 0, second)).toISOString();
const talk = (began: number, ended: number | null, more: Partial<PlayedTransmission> = {}): PlayedTransmission => ({
  talk_id: ended === null ? null : `t${began}`,
  party: "svx:CREW-A",
  name: "一组",
  priority: 4,
  request_id: null,
  emergency: false,
  came_from: "",
  began_at: at(began),
  ended_at: ended === null ? null : at(ended),
  cause: "",
  end_seen: ended !== null,
  from_s: began,
  until_s: ended ?? 60,
  recorded_s: (ended ?? 60) - began,
  ...more,
});
const told = (talks: PlayedTransmission[], more: Partial<PlaybackView> = {}): PlaybackView => ({
  talkgroup: "svx:4011",
  since: at(0),
  until: at(60),
  silence: "drop",
  seconds: 60,
  talks,
  gaps: [],
  recordings: [{ recording_id: "r", talkgroup: "svx:4011", state: "complete", began_at: at(0), ended_at: at(60), duration_s: 60 }],
  ...more,
});
const floor = (since: number | null, talker = "app:17"): FloorChanged => ({
  talkgroup: "svx:4011",
  stage: since === null ? "idle" : "taken",
  talker: since === null ? "" : talker,
  talker_name: "",
  priority: null,
  emergency: false,
  since: since === null ? null : at(since),
  waiting: 0,
});

describe("what is asked for", () => {
  it("is the sound of the very time in which the talks stand", () => {
    expect(asksFor("svx:4011", "drop")).toEqual({ talkgroup: "svx:4011", seconds: 600, silence: "drop" });
    const moment = "2026-11-29T06:01:00.123456+00:00";
    const path = soundPath(told([], { until: moment, silence: "keep" }));
    expect(path).toBe("/talkgroups/svx%3A4011/playback?seconds=600&silence=keep&until=2026-11-29T06%3A01%3A00.123456%2B00%3A00");
    expect(asksFor("a", "keep", moment).until).toBe(moment);
  });
});

describe("the list", () => {
  it("begins with the newest, and a talk keeps its place when it is over", () => {
    const now = talk(50, null);
    expect(newestFirst(told([talk(1, 3), talk(10, 12), now])).map((one) => one.began_at)).toEqual([at(50), at(10), at(1)]);
    expect(onAir(now)).toBe(true);
    expect(keyOf(now)).toBe(keyOf(talk(50, 58)));
    expect(lengthOf(now, told([]))).toBe(10);
    expect(lengthOf(talk(1, 3), told([]))).toBe(2);
  });

  it("is walked through by keys, to its ends and no further", () => {
    expect(["ArrowDown", "ArrowUp", "Home", "End"].map((key) => moved(key, 1, 3))).toEqual([2, 0, 0, 2]);
    expect([moved("ArrowDown", 2, 3), moved("ArrowUp", 0, 3), moved("End", -1, 0), moved("ArrowDown", -1, 2)]).toEqual([2, 0, 0, 0]);
    expect(["Enter", " ", "a", "constructor"].map((key) => moved(key, 1, 3))).toEqual([null, null, null, null]);
  });

  it("says of what there is no sound, and not of what the clocks differ by", () => {
    expect(unrecordedOf(talk(1, 5)).what).toBe("nothing");
    expect(unrecordedOf(talk(1, 5, { recorded_s: 3.8 })).what).toBe("nothing");
    expect(unrecordedOf(talk(1, 5, { recorded_s: 1 }))).toEqual({ what: "some", seconds: 3 });
    expect(unrecordedOf(talk(1, 5, { recorded_s: 0 }))).toEqual({ what: "all", seconds: 4 });
    // What began before the time that is played is not missing.
    expect(unrecordedOf(talk(-20, 2, { from_s: 0, until_s: 2, recorded_s: 2 })).what).toBe("nothing");
    const gap = (talked_s: number) => ({ since: at(1), until: at(9), from_s: 1, until_s: 9, talked_s });
    expect(lostOf(told([], { gaps: [gap(1.5), gap(0), gap(2)] }))).toBe(3.5);
    expect(lostOf(told([], { gaps: [gap(0.1)] }))).toBe(0);
  });

  it("knows that there is more than it tells", () => {
    const over = told([talk(1, 3)]);
    expect([saysMore(over, undefined), saysMore(over, floor(null)), saysMore(over, floor(61))]).toEqual([false, false, true]);
    expect(saysMore(over, floor(61, "notice"))).toBe(false);
    const live = told([talk(50, null)]);
    expect([saysMore(live, floor(50)), saysMore(live, floor(null)), saysMore(live, floor(70))]).toEqual([false, true, true]);
  });
});

describe("what is played", () => {
  it("is begun a little before a talk, and never before the sound", () => {
    expect(startOf(talk(10, 12))).toBeCloseTo(9.8);
    expect(startOf(talk(0, 2))).toBe(0);
    expect(startOf(talk(0, 2, { from_s: null }))).toBeNull();
  });

  it("is the talk at that second, from where it is begun on", () => {
    const said = told([talk(1, 3), talk(10, 12), talk(12, 15), talk(50, null, { from_s: null, until_s: null })]);
    const heard = [0, 0.9, 2.9, 5, 9.8, 11, 11.9, 14.9, 15].map((second) => heardAt(said, second)?.began_at);
    expect(heard).toEqual([undefined, at(1), at(1), undefined, at(10), at(10), at(12), at(12), undefined]);
  });
});
