import { describe, expect, it } from "vitest";
import { blankOrder, lacks, orderFrom, request } from "./superior";

const given = () => ({ ...blankOrder(), orderedBy: " 市政府督查室 ", reference: "督〔2026〕15号", dueAt: "2026-12-02T17:00", fields: { ...blankOrder().fields, category: "gbt30428.2@2013/P0123", description: "井盖丢失" } });

describe("a superior's order", () => {
  it("may be entered with who ordered it, a class and words", () => {
    expect(lacks(given())).toEqual([]);
    expect(lacks(blankOrder())).toEqual(["orderedBy", "category", "description"]);
  });

  it("is sent with its deadline, if it has one", () => {
    expect(request(given(), "op")).toEqual({
      op_id: "op", ordered_by: "市政府督查室", reference: "督〔2026〕15号", due_at: new Date(2026, 11, 2, 17).toISOString(), confidential: false, condition: "",
      fields: { category: "gbt30428.2@2013/P0123", description: "井盖丢失" },
    });
    expect(request({ ...given(), dueAt: "" }, "op").due_at).toBeNull();
  });

  it("is there again after a reload", () => {
    expect(orderFrom(JSON.stringify(given()))).toEqual(given());
    for (const broken of [null, "{"]) expect(orderFrom(broken)).toEqual(blankOrder());
  });
});
