import { describe, expect, it } from "vitest";
import type { UnitView } from "@shared/contracts/field";
import { changeOf, facts, formOf, items, nothing, shiftIsWhole } from "./fields";

const unit = (more: Partial<UnitView> = {}) =>
  ({ name: "南岗一组", crew: ["李明", "王芳"], aliases: [], addresses: [], vehicle: "", skills: ["sewage"], shift: null, ...more }) as UnitView;

describe("the fields of a unit", () => {
  it("are lists where one types them with any comma", () => {
    expect(items(" 李明、王芳, 赵 磊；\n")).toEqual(["李明", "王芳", "赵 磊"]);
    expect(formOf(unit()).crew).toBe("李明、王芳");
  });

  it("send only what differs", () => {
    const before = formOf(unit());
    expect(changeOf(before, { ...before })).toEqual({});
    expect(changeOf(before, { ...before, crew: "李明，王芳" })).toEqual({});
    expect(changeOf(before, { ...before, crew: "李明", vehicle: " 黑A12345 " })).toEqual({ crew: ["李明"], vehicle: "黑A12345" });
  });

  it("take a shift away and give one with both its ends", () => {
    const before = formOf(unit({ shift: { starts_at: "2026-11-30T08:00:00Z", ends_at: "2026-11-30T16:00:00Z" } }));
    expect(changeOf(before, { ...before, starts: "", ends: "" })).toEqual({ shift: null });
    expect(changeOf(nothing(), before).shift).toEqual({ starts_at: "2026-11-30T08:00:00.000Z", ends_at: "2026-11-30T16:00:00.000Z" });
    expect(shiftIsWhole({ ...before, ends: "" })).toBe(false);
    expect(shiftIsWhole({ ...before, ends: before.starts })).toBe(false);
    expect(shiftIsWhole(nothing())).toBe(true);
  });

  it("are told one by one", () => {
    expect(facts(formOf(unit()), (name) => name)).toEqual(["name 南岗一组", "crew 李明", "crew 王芳", "skills sewage"]);
  });
});
