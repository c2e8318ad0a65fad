/** The services to which a call is handed over, as the centre has configured them; asked for once. */
import { ref } from "vue";
import type { HandoverPresetView } from "@shared/contracts/hotline";
import { get, Refused } from "@shared/http";

export const presets = ref<readonly HandoverPresetView[]>([]);
let asked = false;

export async function loadHandovers(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    presets.value = (await get("/handovers")).handovers;
  } catch (problem) {
    asked = false;
    if (!(problem instanceof Refused)) throw problem;
  }
}
