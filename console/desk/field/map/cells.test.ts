import { describe, expect, it } from "vitest";
import type { CellOutlines } from "@shared/contracts/cases";
import { colourOf, coloured } from "./cells";

describe("cells on the map", () => {
  it("have the colour of their beat, the same each time, and grey without one", () => {
    expect(colourOf("garden-1")).toBe(colourOf("garden-1"));
    expect(colourOf("")).not.toBe(colourOf("garden-1"));
    expect(new Set(["a", "b", "c", "d", "e", "f", "g"].map(colourOf)).size).toBeGreaterThan(2);
  });

  it("are called by their beat in the language of the page, and by the end of their id", () => {
    const found = {
      features: [
        { type: "Feature", properties: { cell: "230103000000017", beat: "b", name_zh: "花园一号", name_en: "Garden 1" }, geometry: {} },
        { type: "Feature", properties: { cell: "230103000000018", beat: "", name_zh: "", name_en: "" }, geometry: {} },
      ],
    } as unknown as CellOutlines;
    const labels = (language: string) => (coloured(found, language) as { features: { properties: { label: string } }[] }).features.map((one) => one.properties.label);
    expect(labels("zh")).toEqual(["花园一号\n00017", "00018"]);
    expect(labels("en")[0]).toBe("Garden 1\n00017");
  });
});
