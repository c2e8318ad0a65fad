import { describe, expect, it } from "vitest";
import type { DistrictOutlines } from "@shared/contracts/field";
import type { WarningShapes } from "@shared/contracts/warning";
import { circleOf, hatching, LEVELS, MOST_POINTS, warningAreas, type WarningLevel } from "./warningAreas";

const SQUARE: [number, number][] = [[126.6, 45.7], [126.7, 45.7], [126.7, 45.8], [126.6, 45.7]];
const warning = (more: Partial<WarningShapes> = {}): WarningShapes =>
  ({ warning_id: "w1", mark: "", status: "Actual", severity: "Severe", headline: "暴雨", headline_en: "Rain", until: "", polygons: [SQUARE], circles: [], codes: [], coarse: false, partly: false, ...more }) as WarningShapes;
const outlines = (...codes: string[]): DistrictOutlines =>
  ({ type: "FeatureCollection", features: codes.map((code) => ({ type: "Feature", properties: { code }, geometry: { type: "MultiPolygon", coordinates: [[SQUARE]] } })) }) as unknown as DistrictOutlines;
const level = (severity: WarningLevel) => `<${severity}>`;

interface Drawn {
  features: { properties: Record<string, unknown>; geometry: { coordinates: unknown[] } }[];
}
const areas = (warnings: WarningShapes[], districts: DistrictOutlines | null = null, language = "zh") => {
  const { drawn, less } = warningAreas(warnings, districts, language, level);
  return { features: (drawn as Drawn).features, less };
};

describe("where warnings hold on the map", () => {
  it("is polygons, circles and the districts whose codes are named", () => {
    const one = warning({ circles: [{ lon: 126.65, lat: 45.75, km: 1 }], codes: ["230102", "230100"] });
    const { features, less } = areas([one], outlines("230102", "230103", "230200", ""));
    expect(features[0]!.geometry.coordinates).toHaveLength(2 + 1 + 2);
    expect(less).toBe(false);
    expect(areas([warning({ codes: ["230000"] })], outlines("230102", "220102")).features[0]!.geometry.coordinates).toHaveLength(2);
  });

  it("says that something is missing: a district without an outline, what the centre left out", () => {
    expect(areas([warning({ codes: ["230199"] })], outlines("230102")).less).toBe(true);
    expect(areas([warning({ codes: ["230102"] })], null).less).toBe(true);
    expect(areas([warning({ partly: true })]).less).toBe(true);
  });

  it("has few points, however many districts there are", () => {
    const ring = Array.from({ length: 1_000 }, (): [number, number] => [126, 45]);
    const many = Array.from({ length: 150 }, (_, number) => warning({ warning_id: `w${number}`, polygons: [ring] }));
    const { features, less } = areas(many);
    const drawn = features.reduce((sum, one) => sum + one.geometry.coordinates.length, 0);
    expect([drawn * 1_000, less]).toEqual([MOST_POINTS, true]);
  });

  it("bears its level in words and signs, and the mark of an exercise; the gravest lies above", () => {
    const exercise = warning({ warning_id: "w2", severity: "Extreme", status: "Exercise", mark: "【演习 EXERCISE】" });
    const { features } = areas([exercise, warning()], null, "en");
    expect(features.map((one) => one.properties.name)).toEqual(["▲▲▲ <Severe> Rain", "▲▲▲▲ 【演习 EXERCISE】<Extreme> Rain"]);
    expect(features.map((one) => one.properties.real)).toEqual([true, false]);
    expect(features[1]!.properties.key).toBe("warning:w2");
  });

  it("a circle is as wide as it is said to be", () => {
    const ring = circleOf({ lon: 126.65, lat: 45.75, km: 10 });
    expect(ring[0]).toEqual(ring.at(-1));
    const [north, south] = [Math.max(...ring.map(([, lat]) => lat)), Math.min(...ring.map(([, lat]) => lat))];
    expect((north - south) * 111.195).toBeCloseTo(20, 1);
    const east = Math.max(...ring.map(([lon]) => lon));
    expect((east - 126.65) * 111.195 * Math.cos((45.75 * Math.PI) / 180)).toBeCloseTo(10, 1);
  });

  it("is told apart without colours: each level has a hatching and a sign of its own", () => {
    const inked = (Object.keys(LEVELS) as WarningLevel[]).map((one) => hatching(one).data.filter((_, at) => at % 4 === 3).join());
    expect(new Set(inked).size).toBe(5);
    expect(new Set(Object.values(LEVELS).map((one) => one.sign)).size).toBe(5);
  });
});
