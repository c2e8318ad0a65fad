/** The button of a terminal: the microphone opens at its own grant alone, and never stays open. The cases are those of tests/mqtt/test_button.py. */
import { describe, expect, it } from "vitest";
import { ANSWER_MS, apply, ASK_AGAIN_MS, AT_REST, due, onAir, WAIT_SILENT_MS, type Button, type Say, type Signal, type Step, type Told } from "./button";
import type { Grant } from "./wire";

const GROUP = "app:daoli";
const LIMIT_MS = 60_000;
const ALIVE_MS = 500;
const DEAD_MS = 2000;
const NOTHING: Step = { say: [], told: null };

function grant(of: string | null, result: Grant["result"] = "granted", more: Partial<Grant> = {}): Grant {
  const lasting = result === "granted" ? { limit_s: 60, alive_every_s: 0.5, dead_key_s: 2 } : { limit_s: null, alive_every_s: null, dead_key_s: null };
  return { talkgroup: GROUP, of, result, cause: "", token: "t", position: null, ...lasting, ...more };
}

const said = (action: Say["action"], request: string, more: Partial<Say> = {}): Say => ({
  action, request, talkgroup: GROUP, emergency: false, token: action === "talking" ? "t" : "", ...more,
}); // prettier-ignore
const told = (kind: Told["kind"], cause = "", position: number | null = null): Told => ({ kind, cause, position });

/** A button that remembers its state, so that the cases read like the story. */
class Pressed {
  state: Button = AT_REST;
  do(signal: Signal): Step {
    const [next, step] = apply(this.state, signal);
    this.state = next;
    return step;
  }
  press = (request: string, at: number, emergency = false) => this.do({ kind: "press", request, talkgroup: GROUP, emergency, at });
  abandoned = () => this.do({ kind: "abandoned" });
  letGo = () => this.do({ kind: "let_go" });
  hear = (grant: Grant, at: number) => this.do({ kind: "hear", grant, at });
  tick = (at: number) => this.do({ kind: "tick", at });
  get open() {
    return onAir(this.state);
  }
}

function talking(): Pressed {
  const button = new Pressed();
  button.press("r1", 0);
  expect(button.hear(grant("r1"), 0)).toEqual({ say: [], told: told("granted") });
  return button;
}

describe("a terminal's button", () => {
  it("asks when it is pressed, and opens nothing", () => {
    const button = new Pressed();
    expect(button.press("r1", 0)).toEqual({ say: [said("request", "r1")], told: null });
    expect([button.state.press !== null, button.open]).toEqual([true, false]);
    expect(button.press("r2", 0)).toEqual(NOTHING);
  });

  it("opens at the grant of this press, and closes at once when it is let go", () => {
    const button = talking();
    expect(button.open).toBe(true);
    expect(button.letGo()).toEqual({ say: [said("release", "r1")], told: null });
    expect(button.open).toBe(false);
    expect(button.hear(grant("r1", "released"), 1)).toEqual(NOTHING);
  });

  it("leaves the grant of another terminal of the unit alone", () => {
    const button = new Pressed();
    expect(button.hear(grant("r9"), 0)).toEqual(NOTHING);
    button.press("r1", 0);
    expect(button.hear(grant("r9"), 0)).toEqual(NOTHING);
    expect(button.open).toBe(false);
  });

  it("gives a grant back that comes after it was let go, also when it is pressed anew by then", () => {
    const button = new Pressed();
    button.press("r1", 0);
    button.letGo();
    const back = { say: [said("release", "r1")], told: null };
    expect(button.hear(grant("r1"), 500)).toEqual(back);
    button.press("r2", 1000);
    expect(button.hear(grant("r1"), 1500)).toEqual(back);
    expect(button.open).toBe(false);
  });

  it("says signs of life, whose answers keep the microphone open", () => {
    const button = talking();
    let at = 0;
    for (let count = 0; count < 20; count++) {
      at += ALIVE_MS;
      expect(button.tick(at)).toEqual({ say: [said("talking", "r1")], told: null });
      expect(button.hear(grant("r1", "granted", { limit_s: (LIMIT_MS - at) / 1000 }), at)).toEqual(NOTHING);
    }
    expect(button.open).toBe(true);
  });

  it("closes at once when nobody keeps the floors any more, and leaves who only waits", () => {
    const button = talking();
    expect(button.abandoned()).toEqual({ say: [said("release", "r1")], told: told("silent") });
    expect(button.open).toBe(false);
    expect(button.abandoned()).toEqual(NOTHING);
    const waiting = new Pressed();
    waiting.press("r1", 0);
    expect(waiting.abandoned()).toEqual(NOTHING);
    expect(waiting.letGo()).toEqual({ say: [said("release", "r1")], told: null });
  });

  it("closes when nobody answers", () => {
    const button = talking();
    for (const count of [1, 2, 3]) button.tick(count * ALIVE_MS);
    expect(button.tick(DEAD_MS)).toEqual({ say: [said("release", "r1")], told: told("silent") });
    expect(button.open).toBe(false);
  });

  it("closes by itself when the time is up", () => {
    const button = new Pressed();
    button.press("r1", 0);
    button.hear(grant("r1", "granted", { limit_s: 1 }), 0);
    expect(button.tick(1000)).toEqual({ say: [said("release", "r1")], told: told("revoked", "time_out") });
  });

  it("closes when the floor is taken away, by request or by token", () => {
    for (const of of ["r1", null]) {
      const button = talking();
      expect(button.hear(grant(of, "revoked", { cause: "pre_empted" }), 1).told).toEqual(told("revoked", "pre_empted"));
      expect(button.open).toBe(false);
    }
    const button = talking();
    button.hear(grant(null, "revoked", { token: "another" }), 1);
    expect(button.open).toBe(true);
  });

  it("asks again while it waits, and gives up when nobody answers", () => {
    const button = new Pressed();
    button.press("r1", 0, true);
    expect(button.hear(grant("r1", "queued", { position: 2 }), 100).told).toEqual(told("queued", "", 2));
    const again = { say: [said("request", "r1", { emergency: true })], told: null };
    expect(button.tick(ASK_AGAIN_MS)).toEqual(again);
    expect(button.hear(grant("r1", "queued", { position: 1 }), 2100).told).toEqual(told("queued", "", 1));
    expect(button.state.press?.position).toBe(1);
    expect(button.tick(2 * ASK_AGAIN_MS)).toEqual(again);
    expect(button.tick(2100 + WAIT_SILENT_MS).told).toEqual(told("silent"));
    expect(button.state.press).toBeNull();
  });

  it("is over when nobody answers a press", () => {
    const button = new Pressed();
    button.press("r1", 0);
    expect(due(button.state)).toBe(ANSWER_MS);
    expect(button.tick(ANSWER_MS)).toEqual({ say: [said("release", "r1")], told: told("silent") });
  });

  it("is told why it is denied", () => {
    const button = new Pressed();
    button.press("r1", 0);
    expect(button.hear(grant("r1", "denied", { cause: "listens_only" }), 10)).toEqual({ say: [], told: told("denied", "listens_only") });
    expect(button.state.press).toBeNull();
  });

  it("does not take a grant that has no end", () => {
    for (const lacks of ["limit_s", "alive_every_s", "dead_key_s"] as const) {
      const button = new Pressed();
      button.press("r1", 0);
      expect(button.hear(grant("r1", "granted", { [lacks]: null }), 0).told).toEqual(told("denied"));
      expect(button.open).toBe(false);
    }
  });

  it("in any order never opens without its own grant, and never stays open unanswered", () => {
    const acts = ["press", "let_go", "granted", "queued", "denied", "revoked", "released", "tick"] as const;
    let seed = 11;
    const random = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
    for (let round = 0; round < 2000; round++) {
      const button = new Pressed();
      let at = 0;
      let answered = 0;
      for (let step = 0; step < 60; step++) {
        at += random(3000);
        const act = acts[random(acts.length)]!;
        const request = `r${random(4)}`;
        const before = button.open;
        const mine = button.state.press?.request;
        if (act === "press") button.press(request, at);
        else if (act === "let_go") button.letGo();
        else if (act === "tick") button.tick(at);
        else {
          button.hear(grant(request, act), at);
          if (act === "granted" && request === mine) answered = at;
        }
        if (act === "let_go") expect(button.open).toBe(false);
        if (button.open && !before) expect([act, request]).toEqual(["granted", mine]);
        if (button.open) expect(due(button.state)).toBeLessThanOrEqual(answered + DEAD_MS);
      }
      for (let more = 0; more < 10 && due(button.state) !== null; more++) {
        at = Math.max(at, due(button.state)!);
        button.tick(at);
      }
      expect(button.state.press).toBeNull();
    }
  });
});
