/** Change patches as areas on the map, coloured by what was found. Pure. */
import type { ChangePatchView } from "@shared/contracts/sensing";

const COLOURS: Readonly<Record<ChangePatchView["result"], string>> = { "": "#8a3ffc", real: "#b4551e", not_real: "#5b6b7d", case: "#1b4f91" };

/** GeoJSON of their outlines. */
export function outlinesOf(patches: readonly ChangePatchView[]): unknown {
  const features = patches.map((one) => ({
    type: "Feature",
    properties: { name: one.source_id || String(one.number), colour: COLOURS[one.result] },
    geometry: one.outline,
  }));
  return { type: "FeatureCollection", features };
}
