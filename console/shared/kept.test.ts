import { afterEach, describe, expect, it, vi } from "vitest";
import { forget, isFull, keep, kept } from "./kept";

const store = (full = false) => {
  const held = new Map<string, string>();
  return {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, text: string) => {
      if (full) throw new DOMException("full", "QuotaExceededError");
      held.set(key, text);
    },
    removeItem: (key: string) => held.delete(key),
  };
};

afterEach(() => vi.unstubAllGlobals());

describe("what a page keeps", () => {
  it("is in the tab's or the machine's store", () => {
    const [tab, machine] = [store(), store()];
    vi.stubGlobal("sessionStorage", tab);
    vi.stubGlobal("localStorage", machine);
    expect(keep("tab", "a", "1")).toBe(true);
    expect([tab.getItem("a"), machine.getItem("a"), kept("tab", "a"), kept("machine", "a")]).toEqual(["1", null, "1", null]);
    forget("tab", "a");
    expect([tab.getItem("a"), kept("tab", "a")]).toEqual([null, null]);
  });

  it("is with the page where the store is full, and in the store as soon as there is room", () => {
    vi.stubGlobal("sessionStorage", store(true));
    expect(isFull("tab")).toBe(true);
    expect(keep("tab", "b", "1")).toBe(false);
    expect(kept("tab", "b")).toBe("1");
    const roomy = store();
    vi.stubGlobal("sessionStorage", roomy);
    expect(isFull("tab")).toBe(false);
    expect(keep("tab", "b", "2")).toBe(true);
    expect([kept("tab", "b"), roomy.getItem("b")]).toEqual(["2", "2"]);
  });

  it("is with the page where the browser has no store at all", () => {
    const refused = { get: () => { throw new DOMException("no", "SecurityError"); } };
    vi.stubGlobal("localStorage", new Proxy({}, refused));
    expect(kept("machine", "c")).toBe(null);
    expect(keep("machine", "c", "1")).toBe(false);
    expect(kept("machine", "c")).toBe("1");
    forget("machine", "c");
    expect(kept("machine", "c")).toBe(null);
  });
});
