/** The layers of the map as GeoJSON, out of the live picture; WGS-84 degrees. Pure. */
import type { CaseView } from "@shared/contracts/cases";
import type { GazetteerPlace } from "@shared/contracts/cases";
import type { UnitPlace } from "@shared/contracts/field";
import { stepFor, type Bounds, type Spot } from "@shared/map/grid";
import type { Emergency, Unit } from "../../live/kinds";
import { isOpen, urgencyOf } from "../board/queue";

export type Kind = "unit" | "case" | "emergency";

/** One thing on the map. `tone` chooses colour and sign; the words of it are the list's. */
export interface Mark extends Spot {
  kind: Kind;
  id: string;
  name: string;
  tone: "free" | "busy" | "offline" | "normal" | "urgent" | "danger" | "given" | "raised" | "acknowledged";
}

/** Whether nothing is to be drawn anew. */
export const sameMarks = (a: readonly Mark[], b: readonly Mark[]): boolean =>
  a.length === b.length &&
  a.every((one, at) => {
    const other = b[at]!;
    return one.id === other.id && one.kind === other.kind && one.lon === other.lon && one.lat === other.lat && one.tone === other.tone && one.name === other.name;
  });

interface Feature {
  type: "Feature";
  geometry: { type: "Point"; coordinates: [number, number] };
  properties: Record<string, string>;
}
export interface Collection {
  type: "FeatureCollection";
  features: Feature[];
}

export const keyOf = (mark: Pick<Mark, "kind" | "id">): string => `${mark.kind}:${mark.id}`;

export function unitMarks(units: Readonly<Record<string, Unit>>, places: Readonly<Record<string, UnitPlace>>): Mark[] {
  return Object.values(places).map(({ unit_id, lon, lat }) => {
    const unit = units[unit_id];
    const tone = !unit?.online ? "offline" : unit.status && unit.status !== "free" ? "busy" : "free";
    return { kind: "unit", id: unit_id, name: unit?.name ?? unit_id, tone, lon, lat };
  });
}

/** Those that are not finished, and whose place the gazetteer knows. */
export function caseMarks(cases: readonly CaseView[], placeOf: (filed: CaseView) => Spot | undefined): Mark[] {
  return cases.flatMap((filed): Mark[] => {
    const place = filed.state === "filed" ? placeOf(filed) : undefined;
    const tone = filed.dispatches.some(isOpen) ? "given" : urgencyOf(filed);
    return place ? [{ kind: "case", id: filed.case_id, name: filed.number, tone, lon: place.lon, lat: place.lat }] : [];
  });
}

/** Where the crew said it was, else where it was measured last. */
export function emergencyMarks(emergencies: readonly Emergency[], units: Readonly<Record<string, Unit>>, places: Readonly<Record<string, UnitPlace>>): Mark[] {
  return emergencies.flatMap((one): Mark[] => {
    const at = one.position ?? places[one.unit_id];
    const tone = one.state === "raised" ? "raised" : "acknowledged";
    return at ? [{ kind: "emergency", id: one.alarm_id, name: units[one.unit_id]?.name ?? one.unit_id, tone, lon: at.lon, lat: at.lat }] : [];
  });
}

const point = (spot: Spot, properties: Record<string, string>): Feature => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: [spot.lon, spot.lat] },
  properties,
});

export const collection = (marks: readonly Mark[]): Collection => ({
  type: "FeatureCollection",
  features: marks.map((mark) => point(mark, { key: keyOf(mark), kind: mark.kind, name: mark.name, tone: mark.tone })),
});

export const placeNames = (places: readonly GazetteerPlace[], language: string): Collection => ({
  type: "FeatureCollection",
  features: places.flatMap((place) =>
    place.lon === null || place.lat === null
      ? []
      : [point({ lon: place.lon, lat: place.lat }, { name: (language === "zh" ? place.name_zh : place.name_en) || place.name_zh, kind: place.kind })],
  ),
});

/** Degrees at the lines of the graticule: longitudes along the upper edge, latitudes along the left one. */
export function graticuleLabels({ west, south, east, north }: Bounds): Collection {
  const step = stepFor(Math.max(east - west, north - south));
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  const within = (from: number, to: number) => {
    const first = Math.ceil(from / step);
    return Array.from({ length: Math.max(0, Math.min(60, Math.floor(to / step) - first + 1)) }, (_, n) => (first + n) * step);
  };
  const words = (degrees: number, positive: string, negative: string) => `${Math.abs(degrees).toFixed(digits)}°${degrees < 0 ? negative : positive}`;
  const edge = 0.03;
  return {
    type: "FeatureCollection",
    features: [
      ...within(west, east).map((lon) => point({ lon, lat: north - (north - south) * edge }, { name: words(lon, "E", "W") })),
      ...within(south, north).map((lat) => point({ lon: west + (east - west) * edge, lat }, { name: words(lat, "N", "S") })),
    ],
  };
}
