import { describe, expect, it } from "vitest";
import { blankPaper, lacks, paperFrom, request } from "./paper";

const NOW = new Date(2026, 10, 30, 12).getTime();
const written = () => ({ ...blankPaper(), takenAt: "2026-11-30T09:15", takenBy: "李娜", fields: { ...blankPaper().fields, category: "gbt30428.2@2013/P0123", description: " 井盖丢失 " } });

describe("a case from paper", () => {
  it("may be entered with a class, words, its time and who wrote it", () => {
    expect(lacks(written(), NOW)).toEqual([]);
    expect(lacks(blankPaper(), NOW)).toEqual(["takenAt", "takenBy", "category", "description"]);
    expect(lacks({ ...written(), takenAt: "2026-11-30T12:01" }, NOW)).toEqual(["future"]);
  });

  it("is sent with the moment that stands on the paper, and without what is empty", () => {
    expect(request(written(), "op")).toEqual({
      op_id: "op", taken_at: new Date(2026, 10, 30, 9, 15).toISOString(), taken_by: "李娜", confidential: false, condition: "",
      fields: { category: "gbt30428.2@2013/P0123", description: "井盖丢失" },
    });
  });

  it("is there again after a reload, also when less was kept", () => {
    expect(paperFrom(JSON.stringify(written()))).toEqual(written());
    expect(paperFrom('{"takenBy":"李娜"}')).toEqual({ ...blankPaper(), takenBy: "李娜" });
    for (const broken of [null, "{"]) expect(paperFrom(broken)).toEqual(blankPaper());
  });
});
