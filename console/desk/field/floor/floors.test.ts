import { describe, expect, it } from "vitest";
import type { FloorChanged } from "@shared/contracts/radio_bridge";
import { applyEvent, applySnapshot, emptyState } from "../../live/state";
import { inOrder } from "./floors";

const floor = (talkgroup: string, more: Partial<FloorChanged> = {}): FloorChanged => ({
  talkgroup,
  stage: "idle",
  talker: "",
  talker_name: "",
  priority: null,
  emergency: false,
  since: null,
  waiting: 0,
  ...more,
});
const changed = (one: FloorChanged) => ({ type: "radio_bridge.floor_changed", version: 1, id: "e", at: "", ...one });
const taken = (talkgroup: string, more: Partial<FloorChanged> = {}) => floor(talkgroup, { stage: "taken", talker: "app:17", ...more });

describe("floors at the desk", () => {
  it("put an emergency before everything, then who talks", () => {
    const order = inOrder([floor("app:a"), floor("app:b", { stage: "away" }), taken("app:c"), taken("app:d", { emergency: true })]);
    expect(order.map((one) => one.talkgroup)).toEqual(["app:d", "app:c", "app:a", "app:b"]);
  });

  it("follow the events and forget a talkgroup that is no more", () => {
    const state = emptyState();
    applySnapshot(state, { floors: [floor("app:a"), floor("app:b")] });
    applyEvent(state, changed(taken("app:a")));
    applyEvent(state, changed(floor("app:b", { stage: "closed" })));
    applyEvent(state, changed(floor("app:c")));
    expect(Object.keys(state.floors).sort()).toEqual(["app:a", "app:c"]);
    expect(state.floors["app:a"]).toMatchObject({ stage: "taken", talker: "app:17" });
    applySnapshot(state, {});
    expect(state.floors).toEqual({});
  });
});
