/** The talkgroups that this unit may listen to, and which the crew has chosen. Changes the kept values it is given. */
import type { GroupBody, GroupsMessage } from "@shared/contracts/field";
import type { Ids, Kept } from "./kept";

/** As the centre takes them (`radio_bridge.mobile.field`). */
const MOST_GROUPS = 32;

type Chosen = Pick<Kept, "groups" | "chosen">;

/** Whether the crew listens to it: its own last word, else what the centre counts. */
export const listens = ({ chosen }: Chosen, group: GroupBody): boolean => chosen?.includes(group.tg_id) ?? group.on;

/** The centre's list. A choice is over when the centre counts it so; what may no longer be chosen goes from it. */
export function takeGroups(kept: Kept, message: GroupsMessage): void {
  kept.groups = message.groups.slice(0, MOST_GROUPS);
  if (kept.chosen === null) return;
  const counted = kept.groups.every((group) => listens(kept, group) === group.on);
  const there = new Set(kept.groups.map((group) => group.tg_id));
  kept.chosen = counted ? null : kept.chosen.filter((id) => there.has(id));
}

/** The crew listens to this group from now on, or no longer. */
export function choose(kept: Kept, tgId: string, on: boolean): void {
  const others = kept.groups.filter((group) => listens(kept, group) && group.tg_id !== tgId).map((group) => group.tg_id);
  kept.chosen = on ? [...others, tgId] : others;
}

/** What the centre is told of a choice, with the next number; null when it counts it already. */
export function affiliation(kept: Kept, ids: Ids): string | null {
  if (kept.chosen === null) return null;
  kept.up_seq += 1;
  return JSON.stringify({ msg_id: ids.id(), seq: kept.up_seq, ts: ids.now(), schema: "unit.affiliate/1", groups: kept.chosen });
}
