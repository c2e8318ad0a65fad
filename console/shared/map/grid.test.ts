import { describe, expect, it } from "vitest";
import { around, circle, gridLines, metres, MOST_LINES, stepFor, wind } from "./grid";

const square = { lon: 126.6324, lat: 45.7561 };

describe("the grid", () => {
  it("has round steps and about six lines each way, at any size", () => {
    for (const span of [0.0007, 0.013, 0.2, 3, 47, 360]) {
      const lines = gridLines({ west: 126, south: 45, east: 126 + span, north: 45 + span });
      expect(lines.length).toBeGreaterThanOrEqual(4);
      expect(lines.length).toBeLessThanOrEqual(2 * MOST_LINES);
      const digits = stepFor(span) / 10 ** Math.floor(Math.log10(stepFor(span)) + 1e-9);
      expect([1, 2, 5, 10].some((one) => Math.abs(one - digits) < 1e-6)).toBe(true);
    }
  });

  it("stays bounded for bounds that are none", () => {
    expect(gridLines({ west: 10, south: 10, east: -10, north: -10 })).toEqual([]);
    expect(gridLines({ west: -1e9, south: 0, east: 1e9, north: 0 }).length).toBeLessThanOrEqual(2 * MOST_LINES);
  });
});

describe("how far and which way", () => {
  it("is right along a meridian and a parallel", () => {
    const north = { lon: square.lon, lat: square.lat + 0.01 };
    const east = { lon: square.lon + 0.01, lat: square.lat };
    expect(metres(square, north)).toBeCloseTo(1112, 0);
    expect(metres(square, east)).toBeCloseTo(776, 0);
    expect([wind(square, north), wind(square, east), wind(north, square), wind(east, square)]).toEqual(["n", "e", "s", "w"]);
    expect(wind(square, { lon: square.lon - 0.01, lat: square.lat - 0.007 })).toBe("sw");
  });

  it("draws a circle whose every point is as far", () => {
    for (const [lon, lat] of circle(square, 250)) expect(metres(square, { lon, lat })).toBeCloseTo(250, 0);
  });

  it("holds all spots", () => {
    expect(around([])).toBeNull();
    const bounds = around([square, { lon: 126.7, lat: 45.8 }])!;
    expect(bounds.west).toBeLessThan(square.lon);
    expect(bounds.north).toBeGreaterThan(45.8);
  });
});
