import { describe, expect, it } from "vitest";
import { begin, isIn, join, wantsToAsk, type Joining, type JoinSignal } from "./rejoin";

const after = (joining: Joining, ...signals: JoinSignal[]): Joining => signals.reduce((now, signal) => join(now, signal)[0], joining);
const IN = after(begin(0), { kind: "asked", ask: "a1", at: 0 }, { kind: "ticket", of: "a1", cause: "", at: 50 }, { kind: "up", at: 300 });

describe("the way into a talkgroup's conference", () => {
  it("is asked for at once, called with the ticket, and heard when the switch has answered", () => {
    expect(wantsToAsk(begin(0), 0)).toBe(true);
    const asked = after(begin(0), { kind: "asked", ask: "a1", at: 0 });
    expect(wantsToAsk(asked, 100)).toBe(false);
    expect(join(asked, { kind: "ticket", of: "a1", cause: "", at: 50 })[1]).toBe("call");
    expect([IN.state, isIn(IN), wantsToAsk(IN, 1e9)]).toEqual(["hearing", true, false]);
  });

  it("is called once for a ticket, and not for that of another question", () => {
    const asked = after(begin(0), { kind: "asked", ask: "a1", at: 0 });
    expect(join(asked, { kind: "ticket", of: "a0", cause: "", at: 50 })[1]).toBeNull();
    const [calling] = join(asked, { kind: "ticket", of: "a1", cause: "", at: 50 });
    expect(join(calling, { kind: "ticket", of: "a1", cause: "", at: 60 })[1]).toBeNull();
  });

  it("says what is not there, and is asked for again", () => {
    for (const cause of ["not_a_member", "no_voice", "switch_away"]) {
      const refused = after(begin(0), { kind: "asked", ask: "a1", at: 0 }, { kind: "ticket", of: "a1", cause, at: 50 });
      expect(refused.state).toBe(cause);
      expect([wantsToAsk(refused, 900), wantsToAsk(refused, 1100)]).toEqual([false, true]);
    }
    const silent = after(begin(0), { kind: "asked", ask: "a1", at: 0 }, { kind: "asked", ask: "a2", at: 3000 });
    expect(silent.state).toBe("no_answer");
    expect(after(silent, { kind: "ticket", of: "a2", cause: "", at: 3100 }, { kind: "up", at: 3200 }).state).toBe("hearing");
  });

  it("is taken again after a cut, sooner when the line comes back, and later each time that it fails", () => {
    const cut = after(IN, { kind: "over", at: 60_000 });
    expect([cut.state, wantsToAsk(cut, 60_900), wantsToAsk(cut, 61_000)]).toEqual(["lost", false, true]);
    expect(wantsToAsk(after(cut, { kind: "hurry", at: 60_100 }), 60_100)).toBe(true);
    let joining = begin(0);
    const waits: number[] = [];
    for (let at = 0, count = 0; count < 7; count++) {
      joining = after(joining, { kind: "asked", ask: `a${count}`, at }, { kind: "ticket", of: `a${count}`, cause: "", at }, { kind: "over", at });
      waits.push(joining.due! - at);
      at = joining.due!;
    }
    expect(waits).toEqual([1000, 2000, 4000, 6000, 6000, 6000, 6000]);
  });

  it("in any order never has two legs, and never waits for ever without one", () => {
    let seed = 3;
    const random = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
    for (let round = 0; round < 1000; round++) {
      let joining = begin(0);
      let at = 0;
      let legs = 0;
      for (let step = 0; step < 50; step++) {
        at += random(4000);
        if (wantsToAsk(joining, at)) joining = after(joining, random(4) ? { kind: "asked", ask: `a${step}`, at } : { kind: "unasked", at });
        const kind = (["ticket", "up", "blocked", "over", "hurry"] as const)[random(5)]!;
        const cause = ["", "", "not_a_member", "?"][random(4)]!;
        const of = random(3) ? (joining.ask ?? "") : "other";
        const [next, act] = join(joining, kind === "ticket" ? { kind, of, cause, at } : { kind, at });
        if (act === "call") legs += 1;
        if (kind === "over" && joining.calling) legs -= 1;
        expect(legs).toBe(next.calling ? 1 : 0);
        expect(next.calling || next.due !== null).toBe(true);
        expect(isIn(next) && !next.calling).toBe(false);
        joining = next;
      }
    }
  });
});
