/** Emergencies of units at the desk: in which order, and whose group is to be opened. */
import type { Emergency } from "../../live/kinds";

const RANK: Record<Emergency["state"], number> = { raised: 0, acknowledged: 1, cleared: 2 };

/** Takes in what is told of one; what is cleared goes, and late news does not bring an earlier state back. */
export function putEmergency(known: Record<string, Emergency>, told: Emergency): void {
  const before = known[told.alarm_id];
  if (before && RANK[told.state] < RANK[before.state]) return;
  if (told.state === "cleared") delete known[told.alarm_id];
  else known[told.alarm_id] = told;
}

/** Those that nobody has answered first, the oldest of them first. */
export const inOrder = (emergencies: readonly Emergency[]): Emergency[] =>
  [...emergencies].sort((a, b) => RANK[a.state] - RANK[b.state] || a.raised_at.localeCompare(b.raised_at));

/** The groups to open: those of emergencies that nobody has cleared. */
export const groupsOf = (emergencies: readonly Emergency[]): Set<string> =>
  new Set(emergencies.map((one) => one.talkgroup).filter(Boolean));
