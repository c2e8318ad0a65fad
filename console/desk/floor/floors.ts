/** In which order talkgroups stand: emergencies, then who talks or is asked for, then the rest by name. */
import type { Floor } from "@shared/contracts";

const RANK: Record<Floor["stage"], number> = { taken: 1, requested: 2, hang: 3, idle: 3, away: 4, closed: 5 };

const rank = (floor: Floor): number => (floor.emergency ? 0 : RANK[floor.stage]);

export const inOrder = (floors: readonly Floor[]): Floor[] =>
  [...floors].sort((a, b) => rank(a) - rank(b) || a.talkgroup.localeCompare(b.talkgroup));
