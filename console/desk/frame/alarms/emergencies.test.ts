import { describe, expect, it } from "vitest";
import type { EmergencyAlarmView } from "@shared/contracts/field";
import type { FloorChanged } from "@shared/contracts/radio_bridge";
import { inOrder as floorsInOrder } from "../../field/floor/floors";
import { applyEvent, applySnapshot, emptyState } from "../../live/state";
import { groupsOf, inOrder } from "./emergencies";

const emergency = (alarm_id: string, more: Partial<EmergencyAlarmView> = {}): EmergencyAlarmView => ({
  alarm_id,
  unit_id: "app:17",
  kind: "alarm",
  talkgroup: "",
  case_id: "c",
  state: "raised",
  asked: "dispatcher",
  raised_at: "2026-11-26T08:00:00Z",
  said_at: "2026-11-26T08:00:00Z",
  heard_at: "2026-11-26T08:00:00Z",
  repeats: 1,
  dispatch_id: null,
  position: null,
  position_at: null,
  acknowledged_by: "",
  acknowledged_at: null,
  cleared_by: "",
  cleared_at: null,
  note: "",
  false_alarm: false,
  ...more,
});
const told = (one: EmergencyAlarmView) => ({ type: "field.emergency_changed", version: 1, id: "e", at: "", what: "x", ...one });
const floor = (talkgroup: string): FloorChanged => ({
  talkgroup,
  stage: "idle",
  talker: "",
  talker_name: "",
  priority: null,
  emergency: false,
  since: null,
  waiting: 0,
});

describe("emergencies at the desk", () => {
  it("are there until they are cleared, and late news takes no answer back", () => {
    const state = emptyState();
    applySnapshot(state, { emergencies: [emergency("a")] });
    applyEvent(state, told(emergency("b", { kind: "call", talkgroup: "app:daoli" })));
    applyEvent(state, told(emergency("a", { state: "acknowledged", acknowledged_by: "李娜" })));
    applyEvent(state, told(emergency("a", { asked: "supervisor" })));
    expect(state.emergencies.a).toMatchObject({ state: "acknowledged", acknowledged_by: "李娜" });
    applyEvent(state, told(emergency("a", { state: "cleared" })));
    expect(Object.keys(state.emergencies)).toEqual(["b"]);
    applySnapshot(state, {});
    expect(state.emergencies).toEqual({});
  });

  it("stand with those first that nobody has answered, the oldest of them on top", () => {
    const later = emergency("b", { raised_at: "2026-11-26T09:00:00Z" });
    const answered = emergency("c", { state: "acknowledged", raised_at: "2026-11-26T07:00:00Z" });
    expect(inOrder([answered, later, emergency("a")]).map((one) => one.alarm_id)).toEqual(["a", "b", "c"]);
  });

  it("bring their group to the top of the talkgroups, whoever talks there", () => {
    const open = groupsOf([emergency("a", { talkgroup: "app:z" }), emergency("b")]);
    expect([...open]).toEqual(["app:z"]);
    const order = floorsInOrder([floor("app:a"), { ...floor("app:b"), stage: "taken" }, floor("app:z")], open);
    expect(order.map((one) => one.talkgroup)).toEqual(["app:z", "app:b", "app:a"]);
  });
});
