/** Where running warnings hold, as areas on the map: the level by colour, hatching and width of the line. Pure. */
import type { DistrictOutlines } from "@shared/contracts/field";
import type { CapCircle, WarningShapes } from "@shared/contracts/warning";

export type WarningLevel = WarningShapes["severity"];

/** The four colours of GB/T 27962; what says no level is grey. */
export const LEVELS: Readonly<Record<WarningLevel, { colour: string; width: number; sign: string }>> = {
  Extreme: { colour: "#c1121f", width: 5, sign: "▲▲▲▲" },
  Severe: { colour: "#d95f02", width: 4, sign: "▲▲▲" },
  Moderate: { colour: "#a07d00", width: 3, sign: "▲▲" },
  Minor: { colour: "#1b5fc1", width: 2, sign: "▲" },
  Unknown: { colour: "#5b6b7d", width: 2, sign: "△" },
};
/** Points of all areas together; a province has the outlines of all its districts. */
export const MOST_POINTS = 100_000;

type Ring = [number, number][];
type Area = Ring[];

const EARTH_KM = 6_371.0088;
const CORNERS = 64;
const rad = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (turn: number) => (turn * 180) / Math.PI;

/** Its border, closed. */
export function circleOf({ lon, lat, km }: CapCircle): Ring {
  const far = km / EARTH_KM;
  const [sin, cos] = [Math.sin(rad(lat)), Math.cos(rad(lat))];
  const at = (turn: number): [number, number] => {
    const up = Math.asin(sin * Math.cos(far) + cos * Math.sin(far) * Math.cos(turn));
    const along = Math.atan2(Math.sin(turn) * Math.sin(far) * cos, Math.cos(far) - sin * Math.sin(up));
    return [lon + degrees(along), degrees(up)];
  };
  const ring = Array.from({ length: CORNERS }, (_, number) => at((2 * Math.PI * number) / CORNERS));
  return [...ring, ring[0]!];
}

/** A code of a city (`230100`) or province (`230000`) names all that is in it. */
const within = (district: string, code: string): boolean => district !== "" && district.startsWith(code.endsWith("0000") ? code.slice(0, 2) : code.endsWith("00") ? code.slice(0, 4) : code);

interface Outline {
  geometry: { type: string; coordinates: unknown };
  properties: { code?: string };
}
const areasIn = ({ geometry }: Outline): Area[] => (geometry.type === "Polygon" ? [geometry.coordinates as Area] : (geometry.coordinates as Area[]));
const pointsOf = (area: Area): number => area.reduce((sum, ring) => sum + ring.length, 0);

export interface DrawnWarnings {
  drawn: unknown;
  /** Not everything is drawn: too much of it, or a district of which the map has no outline. */
  less: boolean;
}

export const keyOfWarning = (one: Pick<WarningShapes, "warning_id">): string => `warning:${one.warning_id}`;

/** `level` says the severity in words; an exercise and a test bear their mark. */
export function warningAreas(warnings: readonly WarningShapes[], districts: DistrictOutlines | null, language: string, level: (severity: WarningLevel) => string): DrawnWarnings {
  const outlines = (districts?.features ?? []) as unknown as Outline[];
  let less = false;
  let left = MOST_POINTS;
  const features = warnings.map((one) => {
    const all: Area[] = [...one.polygons.map((ring) => [ring as Ring]), ...one.circles.map((circle) => [circleOf(circle)])];
    for (const code of one.codes) {
      const found = outlines.filter(({ properties }) => within(properties.code ?? "", code));
      if (found.length === 0) less = true;
      all.push(...found.flatMap(areasIn));
    }
    const fit = all.filter((area) => {
      const points = pointsOf(area);
      if (points > left) return false;
      left -= points;
      return true;
    });
    less ||= one.partly || one.coarse || fit.length < all.length;
    const { colour, width, sign } = LEVELS[one.severity];
    const headline = language === "en" ? one.headline_en : one.headline;
    return {
      type: "Feature",
      properties: { key: keyOfWarning(one), name: `${sign} ${one.mark}${level(one.severity)} ${headline}`, level: one.severity, colour, width, real: one.status === "Actual" },
      geometry: { type: "MultiPolygon", coordinates: fit },
    };
  });
  // The gravest are drawn last, above the others.
  const order = Object.keys(LEVELS);
  features.sort((a, b) => order.indexOf(b.properties.level) - order.indexOf(a.properties.level));
  return { drawn: { type: "FeatureCollection", features }, less };
}

/** A side of the hatching, in pixels. */
export const SIDE = 16;
const INKED: Readonly<Record<WarningLevel, (x: number, y: number) => boolean>> = {
  Extreme: (x, y) => (x + y) % 8 < 2 || (x - y + SIDE) % 8 < 2,
  Severe: (x, y) => (x + y) % 8 < 2,
  Moderate: (x, y) => (x + y) % 16 < 2,
  Minor: (x, y) => x % 8 < 2 && y % 8 < 2,
  Unknown: (x, y) => x % 16 < 2 && y % 16 < 2,
};

/** What fills the areas of a level, so that nobody needs colours to tell them apart: a tile in RGBA. */
export function hatching(level: WarningLevel): { width: number; height: number; data: Uint8Array } {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(LEVELS[level].colour.slice(at, at + 2), 16)) as [number, number, number];
  const data = new Uint8Array(SIDE * SIDE * 4);
  for (let at = 0; at < SIDE * SIDE; at++) data.set([red, green, blue, INKED[level](at % SIDE, Math.floor(at / SIDE)) ? 200 : 44], 4 * at);
  return { width: SIDE, height: SIDE, data };
}
