/** In which order talkgroups stand: emergencies (in talk, or of a crew), then who talks or is asked for, then the rest by name. */
import type { Floor } from "@shared/contracts";

const RANK: Record<Floor["stage"], number> = { taken: 1, requested: 2, hang: 3, idle: 3, away: 4, closed: 5 };

/** `open` are the groups of crews in an emergency. */
export const inOrder = (floors: readonly Floor[], open: ReadonlySet<string> = new Set()): Floor[] => {
  const rank = (floor: Floor): number => (floor.emergency || open.has(floor.talkgroup) ? 0 : RANK[floor.stage]);
  return [...floors].sort((a, b) => rank(a) - rank(b) || a.talkgroup.localeCompare(b.talkgroup));
};
