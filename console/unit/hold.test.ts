import { describe, expect, it } from "vitest";
import { BEAT_MS, hold, HOLD_MS, left, RELEASED, type Hold, type HoldAct, type HoldSignal } from "./hold";

function run(...signals: [HoldSignal["kind"], number][]): HoldAct[] {
  let state: Hold = RELEASED;
  const done: HoldAct[] = [];
  for (const [kind, at] of signals) {
    const [next, acts] = hold(state, { kind, at });
    state = next;
    done.push(...acts);
  }
  return done;
}

describe("a button that is held", () => {
  it("fires after two seconds and not before, once", () => {
    expect(run(["press", 0], ["tick", HOLD_MS - 1])).not.toContain("fire");
    expect(run(["press", 0], ["tick", HOLD_MS], ["tick", HOLD_MS + 50], ["let_go", HOLD_MS + 60])).toEqual(["beat", "fire"]);
  });

  it("is called off by letting go, and begins anew", () => {
    const twice = run(["press", 0], ["let_go", 1900], ["press", 2000], ["let_go", 3900]);
    expect(twice).toEqual(["beat", "called_off", "beat", "called_off"]);
  });

  it("counts a hold of which the page only hears at its end", () => {
    expect(run(["press", 0], ["let_go", 5000])).toEqual(["beat", "fire"]);
  });

  it("takes a second finger and a repeating key for the same press", () => {
    expect(run(["press", 0], ["press", 1500], ["let_go", 1600])).toEqual(["beat", "called_off"]);
  });

  it("is felt at each half second", () => {
    const ticks = [400, 500, 550, 1000, 1500, 1999].map((at) => ["tick", at] as [HoldSignal["kind"], number]);
    expect(run(["press", 0], ...ticks)).toEqual(["beat", "beat", "beat", "beat"]);
    expect(BEAT_MS * 4).toBe(HOLD_MS);
  });

  it("does nothing when nobody presses", () => {
    expect(run(["let_go", 0], ["tick", 5000], ["let_go", 9000])).toEqual([]);
    expect(left(RELEASED, 5000)).toBe(HOLD_MS);
  });

  it("in any order of signals fires only after a press that lasted", () => {
    let seed = 7;
    const random = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
    for (let round = 0; round < 500; round++) {
      let state: Hold = RELEASED;
      let at = 0;
      let since: number | null = null;
      for (let step = 0; step < 40; step++) {
        at += random(900);
        const kind = (["press", "let_go", "tick"] as const)[random(3)]!;
        const [next, acts] = hold(state, { kind, at });
        if (acts.includes("fire")) {
          expect(since).not.toBeNull();
          expect(at - since!).toBeGreaterThanOrEqual(HOLD_MS);
        }
        if (kind === "press" && since === null) since = at;
        if (next.since === null) since = null;
        state = next;
      }
    }
  });
});
