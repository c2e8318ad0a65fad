import { describe, expect, it } from "vitest";
import { applySnapshot, emptyState } from "../../live/state";
import { alarmsOf, forgetMarks, inAlarmOrder, stateOf, type Alarm, type AlarmMarks, type AlarmViewer } from "./alarms";

const viewer = (roles: AlarmViewer["roles"] extends ReadonlySet<infer R> ? R[] : never, more: Partial<AlarmViewer> = {}): AlarmViewer => ({
  id: "li.na",
  roles: new Set(roles),
  phone: "registered",
  ...more,
});
const none = (): AlarmMarks => ({ seen: {}, shelved: {} });
const emergency = (id: string, more: object = {}) => ({
  alarm_id: id,
  unit_id: "app:17",
  kind: "alarm",
  talkgroup: "app:daoli",
  case_id: null,
  state: "raised",
  asked: "dispatcher",
  raised_at: `2026-11-30T08:00:0${id}Z`,
  repeats: 1,
  position: null,
  position_at: null,
  acknowledged_by: "",
  note: "",
  ...more,
});
const call = (more: object = {}) => ({
  call_id: "c1",
  state: "talking",
  since: "2026-11-30T08:00:00Z",
  answered_at: null,
  agent_ids: ["other"],
  legs: [],
  help: null,
  disposition: null,
  ...more,
});
const draft = { draft_id: "d1", call_id: "c1", state: "open", rev: 1, alarms: [{ rule: "fire", number: "119", dismissed: false }] };

function picture(snapshot: object) {
  const state = emptyState();
  applySnapshot(state, snapshot as never);
  return state;
}
const kinds = (alarms: Alarm[]) => alarms.map((one) => `${one.kind} ${one.priority}`);

describe("what is an alarm, and for whom", () => {
  it("an emergency is for those who command", () => {
    const desk = picture({ emergencies: [emergency("1")] });
    expect(kinds(alarmsOf(desk, viewer(["dispatcher"])))).toEqual(["emergency 1"]);
    expect(alarmsOf(desk, viewer(["agent", "acceptor"]))).toEqual([]);
  });

  it("danger in a call is for supervisors, and does not sound in the ear of the agent who talks", () => {
    const there = picture({ calls: [call()], drafts: [draft] });
    expect(kinds(alarmsOf(there, viewer(["supervisor"])))).toEqual(["danger 1"]);
    expect(alarmsOf(there, viewer(["agent"]))).toEqual([]);
    const own = picture({ calls: [call({ agent_ids: ["li.na"] })], drafts: [draft] });
    expect(kinds(alarmsOf(own, viewer(["agent"])))).toEqual(["danger 2"]);
    const settled = picture({ calls: [call()], drafts: [{ ...draft, alarms: [{ ...draft.alarms[0], dismissed: true }] }] });
    expect(alarmsOf(settled, viewer(["supervisor"]))).toEqual([]);
  });

  it("a telephone that cannot ring is the agent's own alarm", () => {
    expect(kinds(alarmsOf(emptyState(), viewer(["agent"], { phone: "lost" })))).toEqual(["phone 2"]);
    expect(alarmsOf(emptyState(), viewer(["agent"], { phone: "elsewhere" }))).toEqual([]);
  });

  it("a call for help is answered by who comes", () => {
    const help = { asked_by: "other", asked_at: "2026-11-30T08:01:00Z", accepted_by: null, accepted_at: null };
    const [asked] = alarmsOf(picture({ calls: [call({ help })] }), viewer(["supervisor"]));
    expect(stateOf(asked!, none(), 0)).toBe("new");
    const [taken] = alarmsOf(picture({ calls: [call({ help: { ...help, accepted_by: "zhao" } })] }), viewer(["supervisor"]));
    expect(stateOf(taken!, none(), 0)).toBe("seen");
  });
});

describe("the marks of a person", () => {
  const [first] = alarmsOf(picture({ emergencies: [emergency("1")] }), viewer(["dispatcher"]));
  const seen = { ...none(), seen: { [first!.key]: first!.step } };

  it("a cause that is told again stays seen; its next step is new", () => {
    expect(stateOf(first!, seen, 0)).toBe("seen");
    const again = alarmsOf(picture({ emergencies: [emergency("1", { repeats: 40 })] }), viewer(["dispatcher"]))[0]!;
    expect([again.count, stateOf(again, seen, 0)]).toEqual([40, "seen"]);
    const next = alarmsOf(picture({ emergencies: [emergency("1", { asked: "supervisor" })] }), viewer(["dispatcher"]))[0]!;
    expect(stateOf(next, seen, 0)).toBe("new");
  });

  it("danger to life cannot be shelved; other alarms come back when their time is over", () => {
    const shelved = { ...none(), shelved: { [first!.key]: 1000, phone: 1000 } };
    expect(stateOf(first!, shelved, 10)).toBe("new");
    const lost = alarmsOf(emptyState(), viewer(["agent"], { phone: "lost" }))[0]!;
    expect(stateOf(lost, shelved, 10)).toBe("shelved");
    expect(stateOf(lost, shelved, 1001)).toBe("new");
  });

  it("the most urgent stand first, then new ones, then the oldest; what is over is forgotten", () => {
    const desk = picture({ emergencies: [emergency("2"), emergency("1")], rights_alarms: [{ alarm_id: "r", kind: "alone", began_at: "", number: 3, taken_by: "", asked: "" }] });
    const all = alarmsOf(desk, viewer(["supervisor"]));
    expect(inAlarmOrder(all, none(), 0).map((one) => one.id)).toEqual(["1", "2", "r"]);
    expect(inAlarmOrder(all, seen, 0).map((one) => one.id)).toEqual(["2", "1", "r"]);
    expect(forgetMarks(seen, [])).toEqual(none());
    expect(forgetMarks(seen, all)).toEqual(seen);
  });
});
