/** Where cases are by the gazetteer, and names of places for the map: each is asked for once. */
import { shallowReactive, shallowRef } from "vue";
import type { CaseView, GazetteerPlace } from "@shared/contracts/cases";
import { get, Refused } from "@shared/http";
import { MASKED } from "../../live/state";
import type { Spot } from "@shared/map/grid";

/** What the names of most places contain; the search asks for a text. */
const COMMON = ["站", "桥", "公园", "广场", "大街", "路"];
const AT_ONCE = 4;

const known = shallowReactive(new Map<string, Spot | null>());
const asking = new Set<string>();
const waiting: string[] = [];
export const landmarks = shallowRef<GazetteerPlace[]>([]);

/** Without the number of the house and what stands behind it: `公滨路5号` is in `公滨路`. */
export const streetOf = (address: string): string => /^(.*?[路街道桥站园场])/u.exec(address.replace(/\s/gu, ""))?.[1] ?? address.trim();

/** By case: coordinates that the centre has. */
const measured = shallowReactive(new Map<string, Spot>());
/** Cases of which nobody has measured the place. */
const invented = shallowReactive(new Set<string>());
export const isInventedPlace = (caseId: string): boolean => invented.has(caseId);

export async function loadPositions(): Promise<void> {
  try {
    const { positions } = await get("/cases/positions");
    measured.clear();
    invented.clear();
    for (const one of positions) {
      measured.set(one.case_id, { lon: one.lon, lat: one.lat });
      if (one.invented) invented.add(one.case_id);
    }
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
  }
}

/** By its coordinates, else by its street. Undefined while that is not known, and for what the gazetteer does not have. */
export function placeOfCase(filed: CaseView): Spot | undefined {
  const exact = measured.get(filed.case_id);
  if (exact) return exact;
  const address = filed.address && filed.address !== MASKED ? filed.address : "";
  const street = streetOf(address);
  if (street === "") return undefined;
  if (!known.has(street) && !asking.has(street)) {
    asking.add(street);
    waiting.push(street);
    void work();
  }
  return known.get(street) ?? undefined;
}

let busy = 0;
async function work(): Promise<void> {
  if (busy >= AT_ONCE) return;
  busy += 1;
  for (let street = waiting.shift(); street !== undefined; street = waiting.shift()) {
    try {
      const { places } = await get("/gazetteer/search", { q: street });
      const found = places.find((one) => one.name_zh === street || one.aliases.includes(street)) ?? places[0];
      known.set(street, found && found.lon !== null && found.lat !== null ? { lon: found.lon, lat: found.lat } : null);
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
    } finally {
      asking.delete(street);
    }
  }
  busy -= 1;
}

export async function loadLandmarks(): Promise<void> {
  if (landmarks.value.length) return;
  try {
    const found = await Promise.all(COMMON.map((q) => get("/gazetteer/search", { q })));
    landmarks.value = [...new Map(found.flatMap((one) => one.places).map((place) => [place.name_zh, place])).values()];
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
  }
}
