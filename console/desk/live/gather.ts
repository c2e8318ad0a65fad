/**
 * Events that come close together are applied together, so that the page is drawn once for all of them and keys are not
 * kept waiting: the first at once, the next when at least as much time has passed as the last ones took to draw.
 */

export interface Gatherer<T> {
  take(item: T): void;
  /** Applies what waits, now: something that must come after it has arrived. */
  flush(): void;
}

/** A frame of the screen. */
const SHORTEST_MS = 16;
const LONGEST_MS = 500;

export interface GatherSurroundings {
  now(): number;
  after(milliseconds: number, act: () => void): void;
  /** When what was applied has been drawn. */
  drawn(act: () => void): void;
  /** Nobody looks, and timers are slow: nothing waits. */
  hidden(): boolean;
}

export function gatherer<T>(around: GatherSurroundings, apply: (items: T[]) => void): Gatherer<T> {
  let waiting: T[] = [];
  let due = 0;
  let set = false;

  function flush(): void {
    const items = waiting;
    waiting = [];
    if (items.length === 0) return;
    const began = around.now();
    apply(items);
    due = began + SHORTEST_MS;
    around.drawn(() => {
      const cost = around.now() - began;
      due = around.now() + Math.min(LONGEST_MS, Math.max(SHORTEST_MS, cost));
    });
  }

  function take(item: T): void {
    waiting.push(item);
    if (around.hidden() || around.now() >= due) flush();
    else if (!set) {
      set = true;
      around.after(due - around.now(), () => {
        set = false;
        flush();
      });
    }
  }

  return { take, flush };
}
