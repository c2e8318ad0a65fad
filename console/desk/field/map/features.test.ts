import { describe, expect, it } from "vitest";
import type { CaseView, GazetteerPlace } from "@shared/contracts/cases";
import type { UnitPlace } from "@shared/contracts/field";
import type { Emergency, Unit } from "../../live/kinds";
import { caseMarks, collection, emergencyMarks, graticuleLabels, placeNames, sameMarks, unitMarks } from "./features";

const place = (unit_id: string, lon = 126.6, lat = 45.7) => ({ unit_id, lon, lat }) as UnitPlace;
const unit = (unit_id: string, more: Partial<Unit> = {}) => ({ unit_id, name: `组 ${unit_id}`, online: true, status: "free", last_heard: null, ...more }) as Unit;

describe("what is on the map", () => {
  it("are units where they were measured, with what they do", () => {
    const units = { a: unit("a"), b: unit("b", { status: "arrived" }), c: unit("c", { online: false }), d: unit("d") };
    const marks = unitMarks(units, { a: place("a"), b: place("b"), c: place("c"), x: place("x") });
    expect(marks.map((one) => [one.id, one.tone])).toEqual([["a", "free"], ["b", "busy"], ["c", "offline"], ["x", "offline"]]);
  });

  it("are drawn anew only when one came, went, moved or changed", () => {
    const marks = unitMarks({ a: unit("a") }, { a: place("a") });
    expect(sameMarks(marks, unitMarks({ a: unit("a") }, { a: place("a") }))).toBe(true);
    for (const other of [unitMarks({ a: unit("a") }, { a: place("a", 126.7) }), unitMarks({ a: unit("a", { online: false }) }, { a: place("a") }), []]) {
      expect(sameMarks(marks, other)).toBe(false);
    }
  });

  it("are cases that are not finished and whose place is known", () => {
    const filed = (case_id: string, state: string, step?: string) => ({ case_id, number: case_id, state, urgency: "danger", dispatches: step ? [{ step }] : [] }) as unknown as CaseView;
    const known = (one: CaseView) => (one.case_id === "nowhere" ? undefined : { lon: 126.6, lat: 45.7 });
    const marks = caseMarks([filed("new", "filed"), filed("given", "filed", "queued"), filed("back", "filed", "declined"), filed("over", "closed"), filed("nowhere", "filed")], known);
    expect(marks.map((one) => [one.id, one.tone])).toEqual([["new", "danger"], ["given", "given"], ["back", "danger"]]);
    expect(collection(marks).features[0]!.properties).toEqual({ key: "case:new", kind: "case", name: "new", tone: "danger" });
  });

  it("are emergencies where the crew said, else where it was measured last", () => {
    const said = { alarm_id: "1", unit_id: "a", state: "raised", position: { lon: 1, lat: 2, accuracy_m: 5 } } as Emergency;
    const silent = { alarm_id: "2", unit_id: "b", state: "acknowledged", position: null } as Emergency;
    const marks = emergencyMarks([said, silent, { ...silent, alarm_id: "3", unit_id: "c" }], {}, { b: place("b", 3, 4) });
    expect(marks.map((one) => [one.id, one.lon, one.lat, one.tone])).toEqual([["1", 1, 2, "raised"], ["2", 3, 4, "acknowledged"]]);
  });

  it("are names of places in the reader's language, where they have a place", () => {
    const bridge = { name_zh: "霁虹桥", name_en: "Jihong Bridge", kind: "bridge", lon: 126.6, lat: 45.7 } as GazetteerPlace;
    const found = placeNames([bridge, { ...bridge, lon: null } as GazetteerPlace], "en").features;
    expect(found.map((one) => one.properties.name)).toEqual(["Jihong Bridge"]);
  });

  it("are degrees at the lines of the graticule", () => {
    const names = graticuleLabels({ west: 126.5, south: 45.6, east: 126.8, north: 45.8 }).features.map((one) => one.properties.name);
    expect(names).toContain("126.60°E");
    expect(names).toContain("45.75°N");
    expect(graticuleLabels({ west: 10, south: 10, east: -10, north: -10 }).features).toEqual([]);
  });
});
