import { describe, expect, it } from "vitest";
import { gatherer } from "./gather";

function stage() {
  let now = 1000;
  let hidden = false;
  let cost = 0;
  const timers: { due: number; act: () => void }[] = [];
  const applied: number[][] = [];
  const one = gatherer<number>(
    {
      now: () => now,
      after: (ms, act) => void timers.push({ due: now + ms, act }),
      drawn: (act) => {
        now += cost;
        act();
      },
      hidden: () => hidden,
    },
    (items) => applied.push(items),
  );
  const pass = (ms: number) => {
    now += ms;
    for (const timer of timers.splice(0)) timer.due <= now ? timer.act() : timers.push(timer);
  };
  return { one, applied, pass, hide: () => (hidden = true), costs: (ms: number) => (cost = ms) };
}

describe("events that come close together", () => {
  it("are applied in their order: the first at once, the others together", () => {
    const s = stage();
    for (let i = 0; i < 5; i++) s.one.take(i);
    expect(s.applied).toEqual([[0]]);
    s.pass(16);
    expect(s.applied).toEqual([[0], [1, 2, 3, 4]]);
    s.pass(16);
    s.one.take(5);
    expect(s.applied.at(-1)).toEqual([5]);
  });

  it("wait as long as the last ones took to draw, and never longer than half a second", () => {
    const s = stage();
    s.costs(200);
    s.one.take(0);
    s.one.take(1);
    s.pass(150);
    expect(s.applied).toEqual([[0]]);
    s.costs(5000);
    s.pass(60);
    expect(s.applied).toEqual([[0], [1]]);
    s.one.take(2);
    s.pass(500);
    expect(s.applied.at(-1)).toEqual([2]);
  });

  it("wait for nothing where nobody looks, or when something comes behind them", () => {
    const s = stage();
    s.one.take(0);
    s.one.take(1);
    s.one.flush();
    expect(s.applied).toEqual([[0], [1]]);
    s.hide();
    s.one.take(2);
    s.one.take(3);
    expect(s.applied).toEqual([[0], [1], [2], [3]]);
    s.pass(100);
    expect(s.applied.length).toBe(4);
  });
});
