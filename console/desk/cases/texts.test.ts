import { describe, expect, it } from "vitest";
import type { TextState } from "@shared/contracts/field";
import type { UnitText } from "../live/kinds";
import { applyEvent, emptyState, MASKED } from "../live/state";
import { MOST_TEXTS, putText, withUnits } from "./texts";

const text = (text_id: string, more: Partial<UnitText> = {}): UnitText => ({
  text_id,
  unit_id: "app:17",
  way: "down",
  state: "queued",
  text: "绕行",
  by: "zhao.lei",
  by_name: "赵磊",
  said_at: "2026-11-26T08:00:00Z",
  at: "2026-11-26T08:00:00Z",
  read_by: "",
  ...more,
});
const changed = (text_id: string, state: TextState, more: object = {}) => {
  const { at, ...rest } = text(text_id, { state });
  return { type: "field.text_changed", version: 1, id: "e", ...rest, taken_at: at, ...more, at: "2026-11-26T09:00:00Z" };
};

describe("texts with units", () => {
  it("come further by events, never back, and keep who wrote them", () => {
    const state = emptyState();
    putText(state.texts, text("1"));
    applyEvent(state, changed("1", "displayed", { by_name: "" }));
    applyEvent(state, changed("1", "sent"));
    expect(state.texts["1"]).toMatchObject({ state: "displayed", by_name: "赵磊", at: "2026-11-26T08:00:00Z" });
    applyEvent(state, changed("2", "received", { way: "up", by: "", by_name: "" }));
    expect(state.texts["2"]).toMatchObject({ state: "received", by_name: "", way: "up" });
    putText(state.texts, text("2", { way: "up", state: "read", by: "", by_name: "" }));
    expect(state.texts["2"]!.state).toBe("read");
  });

  it("are not kept where their words are not for this person", () => {
    const state = emptyState();
    applyEvent(state, changed("1", "queued", { text: MASKED }));
    expect(state.texts).toEqual({});
  });

  it("are of a case's crews since it was filed, the oldest first", () => {
    const known: Record<string, UnitText> = {};
    putText(known, text("late", { at: "2026-11-26T10:00:00+00:00" }));
    putText(known, text("before", { at: "2026-11-26T07:59:59Z" }));
    putText(known, text("other", { unit_id: "app:18" }));
    putText(known, text("early", { at: "2026-11-26T08:00:00.5Z", way: "up", state: "received" }));
    expect(withUnits(known, ["app:17"], "2026-11-26T08:00:00Z").map((one) => one.text_id)).toEqual(["early", "late"]);
    expect(withUnits(known, [], "2026-11-26T08:00:00Z")).toEqual([]);
  });

  it("are bounded: the oldest go", () => {
    const known: Record<string, UnitText> = {};
    const at = (n: number) => new Date(Date.UTC(2026, 10, 26) + n * 1000).toISOString();
    for (let n = MOST_TEXTS + 9; n >= 0; n--) putText(known, text(`t${n}`, { at: at(n) }));
    expect(Object.keys(known)).toHaveLength(MOST_TEXTS);
    expect(known[`t${MOST_TEXTS + 9}`]).toBeDefined();
    expect(known["t5"]).toBeUndefined();
  });
});
