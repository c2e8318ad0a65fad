import { describe, expect, it } from "vitest";
import { districtNames, drawnOutlines, isInvented, middleOf } from "./background";
import { layersOf } from "./tiles";

const square = (west: number, south: number, side: number) => [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]];

describe("what lies under the marks", () => {
  it("a name stands in the middle of its district, of the largest of several parts", () => {
    expect(middleOf({ type: "Polygon", coordinates: [square(126, 45, 1)] })).toEqual({ lon: expect.closeTo(126.5, 6), lat: expect.closeTo(45.5, 6) });
    const parts = { type: "MultiPolygon", coordinates: [[square(1, 1, 1)], [square(10, 10, 4)], [square(3, 3, 2)]] };
    expect(middleOf(parts)).toEqual({ lon: expect.closeTo(12, 6), lat: expect.closeTo(12, 6) });
    expect(middleOf({ type: "Polygon", coordinates: [[[1, 1], [2, 2], [1, 1]]] })).toBeNull();
  });

  it("in the language of the page, and says whether it is invented", () => {
    const outlines = { type: "FeatureCollection", features: [{ type: "Feature", properties: { name_zh: "道里区", name_en: "Daoli", synthetic: true }, geometry: { type: "Polygon", coordinates: [square(126, 45, 1)] } }] };
    expect(districtNames(outlines, "en").features[0]!.properties.name).toBe("Daoli");
    expect(districtNames(outlines, "zh").features[0]!.properties.name).toBe("道里区");
    expect(isInvented(outlines)).toBe(true);
    expect(isInvented(null)).toBe(false);
  });

  it("the border between two invented districts is drawn once, measured ones as they are", () => {
    const feature = (west: number, synthetic: boolean) => ({ type: "Feature", properties: { name_zh: "x", synthetic }, geometry: { type: "Polygon", coordinates: [square(west, 45, 1)] } });
    const drawn = drawnOutlines({ type: "FeatureCollection", features: [feature(126, true), feature(127, true), feature(130, false)] }) as { features: { geometry: { type: string; coordinates: unknown[] } }[] };
    expect(drawn.features.map((one) => one.geometry.type)).toEqual(["Polygon", "MultiLineString"]);
    expect(drawn.features[1]!.geometry.coordinates).toHaveLength(7);
    expect(drawnOutlines(null)).toEqual({ type: "FeatureCollection", features: [] });
  });

  it("vector tiles of any making are drawn by what their layers are called", () => {
    const layers = layersOf("mvt", ["water", "landuse", "transportation", "building", "boundary", "place", "x"]);
    const kinds = Object.fromEntries(layers.map((layer) => [layer.id.replace("tiles-", ""), layer.type]));
    expect(kinds).toEqual({ water: "fill", "water-line": "line", landuse: "fill", transportation: "line", building: "fill", boundary: "line", place: "symbol", x: "line" });
    expect(layersOf("png", []).map((layer) => layer.type)).toEqual(["raster"]);
  });
});
