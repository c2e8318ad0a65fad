/** Change patches as areas on the map: by colour, line and sign what was found there. Pure. */
import type { ChangePatchView } from "@shared/contracts/sensing";
import type { Bounds } from "@shared/map/grid";

export type PatchState = ChangePatchView["result"];

export const PATCH_LOOKS: Readonly<Record<PatchState, { colour: string; sign: string }>> = {
  "": { colour: "#7a2fd0", sign: "?" },
  real: { colour: "#a3400c", sign: "!" },
  not_real: { colour: "#5b6b7d", sign: "×" },
  case: { colour: "#1b4f91", sign: "◆" },
};

export const nameOfPatch = (one: ChangePatchView): string => `${PATCH_LOOKS[one.result].sign} ${one.source_id || one.number}`;
export const keyOfPatch = (one: ChangePatchView): string => `patch:${one.patch_id}`;

/** GeoJSON; `open`: nobody has decided it. */
export function outlinesOf(patches: readonly ChangePatchView[]): unknown {
  const features = patches.map((one) => ({
    type: "Feature",
    properties: { key: keyOfPatch(one), name: nameOfPatch(one), colour: PATCH_LOOKS[one.result].colour, open: one.result === "" },
    geometry: one.outline,
  }));
  return { type: "FeatureCollection", features };
}

/** What the map shows, as the centre takes it: zoomed far out, a map repeats the world. */
export function boxOf({ west, south, east, north }: Bounds): Bounds {
  const along = (degrees: number) => Math.max(-180, Math.min(180, degrees));
  const up = (degrees: number) => Math.max(-90, Math.min(90, degrees));
  return { west: along(west), south: up(south), east: along(east), north: up(north) };
}
