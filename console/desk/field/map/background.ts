/** What lies under the marks: outlines of districts, and the operator's tiles. */
import { keep, kept as keptText } from "@shared/kept";
import { ref, shallowRef } from "vue";
import type { DistrictOutlines, MapView } from "@shared/contracts/field";
import { get, Refused } from "@shared/http";
import type { Spot } from "@shared/map/grid";
import type { Collection } from "./features";

const KEPT = "songhua.desk.map-tiles";

export const maps = shallowRef<MapView[]>([]);
export const districts = shallowRef<DistrictOutlines | null>(null);
/** The name of the tiles that are shown; empty: none. */
export const tilesShown = ref("");

export async function loadBackground(): Promise<void> {
  try {
    const [found, outlines] = await Promise.all([get("/map/tiles"), get("/map/districts")]);
    maps.value = found.maps;
    districts.value = outlines;
    const kept = keptText("machine", KEPT);
    tilesShown.value = kept === "" ? "" : (found.maps.find((one) => one.name === kept) ?? found.maps[0])?.name ?? "";
  } catch (problem) {
    // Places and the net of degrees are there without.
    if (!(problem instanceof Refused)) throw problem;
  }
}

export function showTiles(name: string): void {
  tilesShown.value = name;
  keep("machine", KEPT, name);
}

type Ring = [number, number][];

/** The middle of an area by its largest ring. */
export function middleOf(geometry: { type: string; coordinates: unknown }): Spot | null {
  const areas = (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates) as Ring[][];
  let best: Spot | null = null;
  let size = -1;
  for (const [ring] of areas) {
    if (ring === undefined) continue;
    let twice = 0;
    let lon = 0;
    let lat = 0;
    for (let n = 0; n + 1 < ring.length; n++) {
      const [x1, y1] = ring[n]!;
      const [x2, y2] = ring[n + 1]!;
      const cross = x1 * y2 - x2 * y1;
      twice += cross;
      lon += (x1 + x2) * cross;
      lat += (y1 + y2) * cross;
    }
    if (twice === 0 || Math.abs(twice) <= size) continue;
    size = Math.abs(twice);
    best = { lon: lon / (3 * twice), lat: lat / (3 * twice) };
  }
  return best;
}

/** A name in the middle of each district. */
export const districtNames = (outlines: DistrictOutlines | null, language: string): Collection => ({
  type: "FeatureCollection",
  features: (outlines?.features ?? []).flatMap((feature) => {
    const { geometry, properties } = feature as { geometry: { type: string; coordinates: unknown }; properties: Record<string, string> };
    const middle = middleOf(geometry);
    const name = (language === "zh" ? properties.name_zh : properties.name_en) ?? "";
    return middle === null ? [] : [{ type: "Feature" as const, geometry: { type: "Point" as const, coordinates: [middle.lon, middle.lat] as [number, number] }, properties: { name } }];
  }),
});

interface Outline {
  geometry: { type: string; coordinates: unknown };
  properties: { synthetic?: boolean };
}

/** Outlines as they are drawn. Invented ones have each border once: the dashes of two neighbours would fill each other. */
export function drawnOutlines(outlines: DistrictOutlines | null): object {
  const features = (outlines?.features ?? []) as unknown as Outline[];
  const borders = new Map<string, [number, number][]>();
  for (const { geometry, properties } of features) {
    if (properties.synthetic !== true) continue;
    for (const ring of geometry.coordinates as Ring[])
      for (let n = 0; n + 1 < ring.length; n++) borders.set([String(ring[n]), String(ring[n + 1])].sort().join(" "), [ring[n]!, ring[n + 1]!]);
  }
  const invented = { type: "Feature", properties: { synthetic: true }, geometry: { type: "MultiLineString", coordinates: [...borders.values()] } };
  return { type: "FeatureCollection", features: [...features.filter((one) => one.properties.synthetic !== true), ...(borders.size ? [invented] : [])] };
}

export const isInvented = (outlines: DistrictOutlines | null): boolean =>
  (outlines?.features ?? []).some((feature) => (feature as { properties: { synthetic?: boolean } }).properties.synthetic === true);
