/** How many levels of supervision the city has, asked for once. */
import { ref } from "vue";
import { get, Refused } from "@shared/http";
import { has } from "../../frame/roles";

export const levels = ref(3);
let asked = false;

export async function loadLevels(): Promise<void> {
  if (asked || !has("supervisor")) return;
  asked = true;
  try {
    levels.value = (await get("/workflow/assignments")).supervision_levels;
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    asked = false;
  }
}
