/** Cells and beats as the map draws them. */
import type { CellOutlines } from "@shared/contracts/cases";
import { get, Refused } from "@shared/http";
import type { Bounds } from "@shared/map/grid";

/** Of beats side by side, so that neighbours differ; a cell of no beat has none of them. */
const COLOURS = ["#1b4f91", "#1a6638", "#7d4d00", "#6b3fa0", "#a3121c", "#0b6b75"];
const NO_BEAT = "#7c8896";
const NOTHING = { type: "FeatureCollection", features: [] };

export function colourOf(beat: string): string {
  if (beat === "") return NO_BEAT;
  let sum = 0;
  for (const char of beat) sum = (sum * 31 + char.codePointAt(0)!) % 65_521;
  return COLOURS[sum % COLOURS.length]!;
}

interface Cell {
  properties: { cell: string; beat: string; name_zh: string; name_en: string };
}

/** With the colour and the label of each cell: its beat, else its sequence. */
export function coloured(found: CellOutlines, language: string): unknown {
  const features = (found.features as unknown as Cell[]).map((one) => {
    const { cell, beat, name_zh, name_en } = one.properties;
    const name = language === "zh" ? name_zh : name_en;
    return { ...one, properties: { ...one.properties, colour: colourOf(beat), label: [name, cell.slice(-5)].filter(Boolean).join("\n") } };
  });
  return { type: "FeatureCollection", features };
}

export interface SeenCells {
  drawn: unknown;
  /** Why nothing is drawn: too many, or none there. */
  state: "drawn" | "many" | "none";
}

export async function cellsIn(bounds: Bounds, language: string): Promise<SeenCells> {
  const { west, south, east, north } = bounds;
  if (east - west > 1 || north - south > 1) return { drawn: NOTHING, state: "many" };
  try {
    const found = await get("/grid/cells", { west, south, east, north });
    const state = found.truncated ? "many" : found.features.length ? "drawn" : "none";
    return { drawn: coloured(found, language), state };
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    return { drawn: NOTHING, state: "none" };
  }
}
