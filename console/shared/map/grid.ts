/** A net of lines over a piece of the earth, and how far one place is from another. Pure; WGS-84 degrees. */

export interface Bounds {
  west: number;
  south: number;
  east: number;
  north: number;
}

export interface Spot {
  lon: number;
  lat: number;
}

type Line = [number, number][];

const EARTH_M = 6_371_008.8;
const WANTED = 6;
/** So many lines each way at most, whatever is asked. */
export const MOST_LINES = 60;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** 1, 2 or 5 times a power of ten, so that about six lines cross this span. */
export function stepFor(span: number): number {
  const rough = Math.max(span, 1e-6) / WANTED;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((times) => times * power >= rough) ?? 10);
}

export function gridLines({ west, south, east, north }: Bounds): Line[] {
  const step = stepFor(Math.max(east - west, north - south));
  const between = (from: number, to: number): number[] => {
    const first = Math.ceil(from / step);
    const count = Math.min(MOST_LINES, Math.max(0, Math.floor(to / step) - first + 1));
    return Array.from({ length: count }, (_none, number) => (first + number) * step);
  };
  return [
    ...between(west, east).map((lon): Line => [[lon, south], [lon, north]]),
    ...between(south, north).map((lat): Line => [[west, lat], [east, lat]]),
  ];
}

/** Great-circle metres. */
export function metres(from: Spot, to: Spot): number {
  const lat = rad(to.lat - from.lat);
  const lon = rad(to.lon - from.lon);
  const h = Math.sin(lat / 2) ** 2 + Math.cos(rad(from.lat)) * Math.cos(rad(to.lat)) * Math.sin(lon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

export const POINTS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;

/** Which of the eight winds leads from one place to the other. */
export function wind(from: Spot, to: Spot): (typeof POINTS)[number] {
  const east = (to.lon - from.lon) * Math.cos(rad((from.lat + to.lat) / 2));
  const turn = Math.atan2(east, to.lat - from.lat) / (Math.PI / 4);
  return POINTS[(Math.round(turn) + 8) % 8]!;
}

/** A circle of so many metres, as a closed line. */
export function circle(middle: Spot, radius_m: number): Line {
  const high = (radius_m / EARTH_M) * (180 / Math.PI);
  const wide = high / Math.cos(rad(middle.lat));
  return Array.from({ length: 49 }, (_none, number) => {
    const turn = (2 * Math.PI * number) / 48;
    return [middle.lon + wide * Math.sin(turn), middle.lat + high * Math.cos(turn)] as [number, number];
  });
}

/** What holds all of them, at least some hundred metres wide; null for none. */
export function around(spots: readonly Spot[]): Bounds | null {
  if (spots.length === 0) return null;
  const lons = spots.map((spot) => spot.lon);
  const lats = spots.map((spot) => spot.lat);
  const edge = 0.002;
  return {
    west: Math.min(...lons) - edge,
    south: Math.min(...lats) - edge,
    east: Math.max(...lons) + edge,
    north: Math.max(...lats) + edge,
  };
}
