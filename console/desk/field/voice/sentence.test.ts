import { describe, expect, it } from "vitest";
import { apply, AT_REST, type Button, type Signal } from "@shared/talk/button";
import { stripState, type StripScene } from "./sentence";

const GROUP = "svx:4011";
const granted = (heard: boolean | null): Signal => ({
  kind: "hear",
  grant: { talkgroup: GROUP, of: "r1", result: "granted", cause: "", token: "t", limit_s: 60, alive_every_s: 0.5, dead_key_s: 2, position: null, heard },
  at: 0,
});
const PRESS: Signal = { kind: "press", request: "r1", talkgroup: GROUP, emergency: false, at: 0 };
const after = (...signals: Signal[]): Button => signals.reduce((button, signal) => apply(button, signal)[0], AT_REST);
const scene = (more: Partial<StripScene>): StripScene => ({ button: undefined, told: undefined, floor: undefined, live: true, leg: "hearing", microphone: "ready", again: false, ...more });

describe("a strip", () => {
  it("says of its own talk whether the switch hears it", () => {
    const said = (...signals: Signal[]) => stripState(scene({ button: after(PRESS, ...signals) }), 10);
    expect(said(granted(false))).toMatchObject({ state: "talking", heard: false });
    expect(said(granted(false), granted(true))).toMatchObject({ state: "talking", heard: true });
    expect(stripState(scene({ button: after(PRESS, granted(true)), leg: "lost" }), 10)).toMatchObject({ state: "talking", heard: false });
  });

  it("says that a lost press is asked for again, until it is", () => {
    const told = { what: { kind: "revoked" as const, cause: "dead_key", position: null }, at: 0 };
    expect(stripState(scene({ told, again: true }), 10)).toEqual({ state: "asking_again" });
    expect(stripState(scene({ told, again: true, button: after(PRESS) }), 10)).toEqual({ state: "asking" });
    expect(stripState(scene({ told }), 10)).toEqual({ state: "revoked", cause: "dead_key" });
  });
});
