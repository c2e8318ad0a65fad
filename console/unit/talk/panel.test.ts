import { describe, expect, it } from "vitest";
import { apply, AT_REST, type Button, type Signal } from "@shared/talk/button";
import { mayPress, shown, TOLD_MS, type Scene } from "@shared/talk/panel";
import type { Grant } from "@shared/talk/wire";
import { en } from "../words/en";
import { zh } from "../words/zh";

const READY: Scene = {
  talks: true, button: AT_REST, told: null, floor: { stage: "idle", talker: null, waiting: 0 },
  online: true, floorsKept: true, leg: "hearing", microphone: "ready",
}; // prettier-ignore
const grant = (more: Partial<Grant>): Grant => ({ talkgroup: "app:daoli", of: "r1", result: "granted", cause: "", token: "t", limit_s: 60, alive_every_s: 0.5, dead_key_s: 2, position: null, ...more });
const after = (...signals: Signal[]): Button => signals.reduce((button, signal) => apply(button, signal)[0], AT_REST);
const PRESS: Signal = { kind: "press", request: "r1", talkgroup: "app:daoli", emergency: false, at: 0 };
const taken = { stage: "taken" as const, waiting: 0, talker: { party: "app:18", name: "南岗 18", emergency: false } };

describe("what the crew is shown", () => {
  it("is the press while it lasts", () => {
    expect(shown({ ...READY, button: after(PRESS) }, 10)).toEqual({ state: "asking" });
    const queued = after(PRESS, { kind: "hear", grant: grant({ result: "queued", position: 2 }), at: 10 });
    expect(shown({ ...READY, button: queued, floor: taken }, 20)).toEqual({ state: "queued", position: 2 });
    const talks = after(PRESS, { kind: "hear", grant: grant({}), at: 100 });
    expect(shown({ ...READY, button: talks }, 100)).toEqual({ state: "talking", seconds: 60, emergency: false });
    expect(shown({ ...READY, button: talks }, 30_050)).toMatchObject({ seconds: 31 });
    // Whether it is heard, where the centre says so; a talk without a way to the switch is heard by nobody.
    const heard = (...said: (boolean | null)[]) => shown({ ...READY, button: after(PRESS, ...said.map((one, at): Signal => ({ kind: "hear", grant: grant({ heard: one }), at }))) }, 100);
    expect([heard(false), heard(false, true), heard(true, null)].map((one) => one.state === "talking" && one.heard)).toEqual([false, true, true]);
    expect(shown({ ...READY, leg: "lost", button: talks }, 100)).toMatchObject({ state: "talking", heard: false });
  });

  it("is what became of it for some seconds, and then the floor", () => {
    const told = { what: { kind: "denied" as const, cause: "listens_only", position: null }, at: 0 };
    expect(shown({ ...READY, told, floor: taken }, TOLD_MS - 1)).toEqual({ state: "denied", cause: "listens_only" });
    expect(shown({ ...READY, told, floor: taken }, TOLD_MS)).toEqual({ state: "taken", name: "南岗 18", emergency: false });
    expect(shown(READY, 0)).toEqual({ state: "idle" });
    expect(shown({ ...READY, talks: false }, 0)).toEqual({ state: "listen_only" });
  });

  it("is why there is no voice, and then nobody is asked for the floor", () => {
    const faults: [Partial<Scene>, string][] = [
      [{ online: false }, "offline"], [{ floorsKept: false }, "no_floor"], [{ microphone: "missing" }, "no_microphone"],
      [{ leg: null }, "joining"], [{ leg: "blocked" }, "blocked"], [{ leg: "switch_away" }, "switch_away"],
    ]; // prettier-ignore
    for (const [fault, why] of faults) {
      const scene = { ...READY, ...fault };
      expect(shown(scene, 0)).toEqual({ state: "away", why });
      expect([mayPress(scene, false), mayPress(scene, true)]).toEqual([false, false]);
    }
  });

  it("lets who may only listen make an emergency call", () => {
    expect([mayPress(READY, false), mayPress(READY, true)]).toEqual([true, true]);
    const listener = { ...READY, talks: false };
    expect([mayPress(listener, false), mayPress(listener, true)]).toEqual([false, true]);
  });

  it("has the same words in both languages, of every cause", () => {
    const keys = (words: object): string[] => Object.entries(words).flatMap(([key, value]) => (typeof value === "object" ? keys(value as object).map((inner) => `${key}.${inner}`) : [key]));
    expect(keys(zh.talk)).toEqual(keys(en.talk));
    expect(Object.values(zh.talk.cause).every((word) => /[一-鿿]/.test(word))).toBe(true);
  });
});
