/** Who talks, and in which order talkgroups stand: emergencies (in talk, or of a crew), then who talks or is asked for, then the rest by name. */
import type { FloorChanged } from "@shared/contracts/radio_bridge";

/** Who has no name on the air, by the word for him: a desk, a telephone, a tone. */
const NAMELESS = ["dispatch", "phone", "notice"] as const;

export const namelessAs = (party: string): (typeof NAMELESS)[number] | undefined => NAMELESS.find((one) => one === party);

/** Under which name he is heard there, where that is another one. */
export const addressOf = (party: string, name: string): string =>
  party.includes(":") && name !== "" && name !== party ? party : "";

const RANK: Record<string, number> = { taken: 1, requested: 2, hang: 3, idle: 3, away: 4, closed: 5 };

const LAST = 5;

/** `open` are the groups of crews in an emergency. */
export const inOrder = (floors: readonly FloorChanged[], open: ReadonlySet<string> = new Set()): FloorChanged[] => {
  const rank = (floor: FloorChanged): number => (floor.emergency || open.has(floor.talkgroup) ? 0 : RANK[floor.stage] ?? LAST);
  return [...floors].sort((a, b) => rank(a) - rank(b) || a.talkgroup.localeCompare(b.talkgroup));
};
