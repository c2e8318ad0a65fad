import { describe, expect, it } from "vitest";
import { empty, fieldOf, rowName, wordsOf, type Schema } from "./schema";

const all: Schema = {
  $defs: {
    Span: { type: "string", pattern: "x" },
    Day: { type: "object", properties: { day: { type: "string", format: "date" }, hours: { type: "array", items: { $ref: "#/$defs/Span" }, default: [] } } },
    Calendar: {
      type: "object",
      properties: {
        weekly: { type: "object", additionalProperties: { type: "array", items: { $ref: "#/$defs/Span" } }, propertyNames: { enum: ["monday", "tuesday"] } },
        days: { type: "array", items: { $ref: "#/$defs/Day" } },
      },
    },
  },
};

describe("the form of a value", () => {
  it.each<[Schema, string, boolean]>([
    [{ anyOf: [{ $ref: "#/$defs/Calendar" }, { type: "null" }] }, "object", true],
    [all.$defs!.Calendar!.properties!.weekly!, "map", false],
    [all.$defs!.Calendar!.properties!.days!, "rows", false],
    [all.$defs!.Day!.properties!.hours!, "words", false],
    [{ type: "array", items: { enum: ["a", "b"], type: "string" } }, "choices", false],
    [{ anyOf: [{ enum: ["a"], type: "string" }, { type: "null" }] }, "choice", true],
    [{ type: "boolean" }, "switch", false],
    [{ type: "number" }, "number", false],
    [{ type: "string", format: "date" }, "day", false],
    [{ type: "string" }, "text", false],
  ])("%o is %s", (schema, kind, optional) => {
    expect(fieldOf(schema, all)).toMatchObject({ kind, optional });
  });

  it("begins with what the schema takes", () => {
    expect(empty({ $ref: "#/$defs/Calendar" }, all)).toEqual({ weekly: { monday: [], tuesday: [] }, days: [] });
    expect(empty({ $ref: "#/$defs/Day" }, all)).toEqual({ day: "", hours: [] });
    expect(empty({ type: "integer", minimum: 5 }, all)).toBe(5);
    expect(empty({ anyOf: [{ type: "string" }, { type: "null" }] }, all)).toBeNull();
  });

  it("reads words however they are parted, and names a row", () => {
    expect(wordsOf("08:30-12:00 ，13:30-17:30；")).toEqual(["08:30-12:00", "13:30-17:30"]);
    expect(rowName({ day: "2026-10-01", name: "国庆", hours: [] })).toBe("国庆 · 2026-10-01");
    expect(rowName({ codes: ["E05"], name_zh: "" })).toBe("E05");
  });
});
