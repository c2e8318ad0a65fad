/** Which layers of the map are switched on, as each person left them on this machine. */
import { reactive, watch } from "vue";
import { keep, kept } from "@shared/kept";

export const LAYERS = ["emergency", "case", "unit", "cells", "cameras", "patches", "warnings"] as const;
export type MapLayer = (typeof LAYERS)[number];
export type LayerChoice = Record<MapLayer, boolean>;

/** Of who has chosen nothing yet. */
const FIRST: readonly MapLayer[] = ["emergency", "case", "unit"];

/** Emergencies are there whenever the map is opened: nobody is to miss one for a choice of yesterday. Pure. */
export function choiceOf(text: string | null): LayerChoice {
  let on: readonly unknown[] = FIRST;
  try {
    const said: unknown = JSON.parse(text ?? "");
    if (Array.isArray(said)) on = said;
  } catch {
    // Nothing was chosen.
  }
  return Object.fromEntries(LAYERS.map((one) => [one, one === "emergency" || on.includes(one)])) as LayerChoice;
}

export function useLayers(person: string): LayerChoice {
  const key = `songhua.desk.map-layers.${person}`;
  const choice = reactive(choiceOf(kept("machine", key)));
  watch(choice, () => keep("machine", key, JSON.stringify(LAYERS.filter((one) => choice[one]))));
  return choice;
}
