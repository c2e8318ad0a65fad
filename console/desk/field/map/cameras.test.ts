import { describe, expect, it } from "vitest";
import type { CameraView } from "@shared/contracts/sensing";
import { outlineOf, viewsOf } from "./cameras";

const camera = (more: Partial<CameraView>): CameraView =>
  ({ code: "C1", name: "C1", lon: 126.65, lat: 45.75, azimuth: 90, view_angle: 60, near_m: 0, far_m: 100, kind: "fixed", state: "up", in_use: true, ...more }) as CameraView;

describe("what cameras see on the map", () => {
  it("is a sector towards where a fixed one looks", () => {
    const ring = outlineOf(camera({}));
    expect(ring[0]).toEqual(ring.at(-1));
    expect(ring).toContainEqual([126.65, 45.75]);
    // East of it alone, and as far as it sees: 100 m are 0.0012886 degrees of longitude here.
    expect(Math.min(...ring.map(([lon]) => lon))).toBe(126.65);
    expect(Math.max(...ring.map(([lon]) => lon)) - 126.65).toBeCloseTo(0.0012886, 6);
    expect(outlineOf(camera({ near_m: 20 }))).not.toContainEqual([126.65, 45.75]);
  });

  it("is a circle around one that turns", () => {
    const ring = outlineOf(camera({ kind: "ptz", azimuth: null }));
    expect(Math.max(...ring.map(([, lat]) => lat)) - 45.75).toBeCloseTo(45.75 - Math.min(...ring.map(([, lat]) => lat)), 9);
  });

  it("is left out while one is not in use, and its colour says its state", () => {
    const { features } = viewsOf([camera({}), camera({ state: "away" }), camera({ in_use: false })]) as { features: { properties: { colour: string } }[] };
    expect(new Set(features.map((one) => one.properties.colour)).size).toBe(2);
  });
});
