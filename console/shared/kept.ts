/** What a page keeps on its machine. A store that is full, or that the browser refuses, costs a reload's memory and never the work. */

/** `tab` outlives a reload and a crash of this tab, `machine` also its end. */
export type Where = "tab" | "machine";

/** What the store did not take, until the page is closed. */
const beside: Record<Where, Map<string, string>> = { tab: new Map(), machine: new Map() };

const PROBE = "songhua.is-there-room";

const area = (where: Where): Storage => (where === "tab" ? sessionStorage : localStorage);

export function kept(where: Where, key: string): string | null {
  const here = beside[where].get(key);
  if (here !== undefined) return here;
  try {
    return area(where).getItem(key);
  } catch {
    return null;
  }
}

/** False: only this page has it. */
export function keep(where: Where, key: string, text: string): boolean {
  try {
    area(where).setItem(key, text);
    beside[where].delete(key);
    return true;
  } catch {
    beside[where].set(key, text);
    return false;
  }
}

export function forget(where: Where, key: string): void {
  beside[where].delete(key);
  try {
    area(where).removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}

/** Nothing more is kept there: that something is missing says nothing. */
export function isFull(where: Where): boolean {
  try {
    area(where).setItem(PROBE, PROBE);
    area(where).removeItem(PROBE);
    return false;
  } catch {
    return true;
  }
}
