/** Names of talkgroups in the language of the page: asked for when a group is new. */
import { reactive } from "vue";
import type { TalkgroupView } from "@shared/contracts/field";
import { get, Refused } from "@shared/http";

const names = reactive<Record<string, TalkgroupView>>({});

/** Its name on the air, while the other one is not known. */
export function groupName(talkgroup: string, locale: string): string {
  const known = names[talkgroup];
  return (known && (locale === "zh" ? known.name_zh : known.name_en)) || talkgroup;
}

export const groupOf = (talkgroup: string): TalkgroupView | undefined => names[talkgroup];

export async function askNames(): Promise<void> {
  try {
    const { talkgroups } = await get("/talkgroups");
    for (const group of talkgroups) names[group.tg_id] = group;
  } catch (problem) {
    // Their names on the air do meanwhile.
    if (!(problem instanceof Refused)) throw problem;
  }
}
