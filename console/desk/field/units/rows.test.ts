import { describe, expect, it } from "vitest";
import type { DispatchView } from "@shared/contracts/cases";
import type { UnitView } from "@shared/contracts/field";
import { choices, inOrder, jobsByUnit, rowOf } from "./rows";

const unit = (unit_id: string, more: Partial<UnitView> = {}): UnitView => ({
  unit_id, name: unit_id, network: "app", crew: [], online: true, status: "free", last_heard: null, heard_by: "", bearers: [], groups: [],
  aliases: [], addresses: [], devices: [], vehicle: "", department: "", skills: [], shift: null, on_shift: null, revoked_at: null, ...more,
});
const job = (unit_id: string, step: DispatchView["step"], at: string) => ({ dispatch_id: `${unit_id}${at}`, unit_id, step, at }) as DispatchView;
const all = { text: "", skill: "", group: "" };
const row = (one: UnitView) => rowOf(one, undefined, [], undefined);

describe("units", () => {
  it("are found by name, crew, vehicle, skill and talkgroup; who is gone is not there", () => {
    const pump = unit("app:1", { name: "排水一组", crew: ["张伟"], skills: ["drain"], groups: ["app:daoli"] });
    const off = unit("app:2", { name: "电力", online: false, vehicle: "黑A12345" });
    const rows = [off, pump, unit("app:3", { revoked_at: "2026-11-30T08:00:00Z" })].map(row);
    const found = (wanted: Partial<typeof all>) => inOrder(rows, { ...all, ...wanted }).map((one) => one.unit.unit_id);
    expect(found({})).toEqual(["app:1", "app:2"]);
    expect([found({ text: "张" }), found({ text: "a123" })]).toEqual([["app:1"], ["app:2"]]);
    expect([found({ skill: "drain" }), found({ group: "app:daoli" }), found({ skill: "gas" })]).toEqual([["app:1"], ["app:1"], []]);
    expect(choices([pump, off], "skills")).toEqual(["drain"]);
  });

  it("do what their newest open job says, and since then", () => {
    const jobs = jobsByUnit([{ dispatches: [job("app:1", "arrived", "a"), job("app:1", "queued", "b"), job("app:1", "done", "c")] }]);
    const one = rowOf(unit("app:1", { status: "arrived" }), { online: false }, jobs.get("app:1")!, undefined);
    expect([one.step, one.since, one.jobs.length, one.unit.online]).toEqual(["queued", "b", 2, false]);
    expect(row(unit("app:2")).step).toBeNull();
  });
});
