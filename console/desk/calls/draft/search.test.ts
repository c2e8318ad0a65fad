import { describe, expect, it } from "vitest";
import type { CategoryRow } from "@shared/contracts/cases";
import { matching } from "./search";

const row = (code: string, name_zh: string, name_en: string): CategoryRow => ({
  id: `gbt30428.2@2013/${code}`,
  scheme: "gbt30428.2",
  version: "2013",
  code,
  kind: code.startsWith("P") ? "part" : "event",
  name_zh,
  name_en,
  major_zh: "公用设施",
  major_en: "Public utilities",
  confidence: "",
  source: "",
  limits: [],
  conditions: [],
  closings: [],
  handover: "",
});
const rows = [
  row("P0101", "上水井盖", "Water-supply manhole cover"),
  row("P0137", "路灯", "Street light"),
  row("P0106", "路灯井盖", "Street-light manhole cover"),
];
const codes = (wanted: string) => matching(rows, wanted).map((found) => found.code);

describe("finding a class", () => {
  it("goes by code, by Chinese name and by English words", () => {
    expect(codes("p0137")).toEqual(["P0137"]);
    expect(codes("井盖")).toEqual(["P0101", "P0106"]);
    expect(codes("light cover")).toEqual(["P0106"]);
    expect(codes("Ｐ０１０１")).toEqual(["P0101"]);
  });

  it("shows all for nothing typed and none for what is not there", () => {
    expect(codes(" ")).toHaveLength(3);
    expect(codes("飞机")).toEqual([]);
  });
});
