/** What was said in a talkgroup until now, as its list shows it and as it is played. */
import type { PlayedTransmission, PlaybackView } from "@shared/contracts/cdr";
import type { FloorChanged } from "@shared/contracts/radio_bridge";
import { pathOf } from "@shared/http";

/** The last ten minutes. */
export const RECALLED_S = 600;
/** So long before a talk it is begun to play: its first syllable is whole. */
const LEAD_S = 0.2;
/** Pieces and clocks do not fit together to the sample. */
const FINE_S = 0.25;

/** What is asked for: until now, or until the moment of an earlier answer. */
export const asksFor = (talkgroup: string, silence: PlaybackView["silence"], until = "") => ({
  talkgroup,
  seconds: RECALLED_S,
  silence,
  ...(until === "" ? {} : { until }),
});

/** The sound in which the answer's talks stand. */
export const soundPath = (told: PlaybackView): string =>
  pathOf("/talkgroups/{talkgroup}/playback", asksFor(told.talkgroup, told.silence, told.until));

export const newestFirst = (told: PlaybackView): PlayedTransmission[] =>
  [...told.talks].sort((a, b) => Date.parse(b.began_at) - Date.parse(a.began_at));

/** The same talk has another id when it is over. */
export const keyOf = (talk: PlayedTransmission): string => `${talk.began_at} ${talk.party}`;

export const onAir = (talk: PlayedTransmission): boolean => talk.ended_at === null;

/** Of who talks now: until the answer's moment. */
export const lengthOf = (talk: PlayedTransmission, told: PlaybackView): number =>
  Math.max(0, (Date.parse(talk.ended_at ?? told.until) - Date.parse(talk.began_at)) / 1000);

/** How much of a talk's part of the sound is not there. */
export function unrecordedOf(talk: PlayedTransmission): { what: "nothing" | "all" | "some"; seconds: number } {
  const long = talk.from_s === null || talk.until_s === null ? 0 : talk.until_s - talk.from_s;
  const lost = long - talk.recorded_s;
  if (talk.recorded_s < FINE_S && long > 0) return { what: "all", seconds: long };
  return lost > FINE_S ? { what: "some", seconds: lost } : { what: "nothing", seconds: 0 };
}

/** For how many seconds of the whole time somebody talked who is not heard. */
export function lostOf(told: PlaybackView): number {
  const lost = told.gaps.reduce((sum, gap) => sum + gap.talked_s, 0);
  return lost > FINE_S ? lost : 0;
}

/** From which second a talk is played; null when nothing of it is in the sound. */
export const startOf = (talk: PlayedTransmission): number | null => (talk.from_s === null ? null : Math.max(0, talk.from_s - LEAD_S));

/** Which talk is heard at this second of the sound. */
export const heardAt = (told: PlaybackView, second: number): PlayedTransmission | undefined =>
  newestFirst(told).find(
    ({ from_s, until_s }) => from_s !== null && until_s !== null && from_s - LEAD_S <= second && second < until_s,
  );

/** The place in the list to which a key leads; null for a key that leads nowhere. */
export function moved(key: string, at: number, count: number): number | null {
  const last = Math.max(count - 1, 0);
  switch (key) {
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "ArrowDown":
      return Math.min(at + 1, last);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

/** Whether somebody talks there, or has finished, of whom the answer does not tell. */
export function saysMore(told: PlaybackView, floor: FloorChanged | undefined): boolean {
  if (floor === undefined) return false;
  const talked = told.talks.find(onAir);
  if (talked !== undefined) return floor.since === null || Date.parse(floor.since) !== Date.parse(talked.began_at);
  return floor.since !== null && floor.talker !== "notice" && Date.parse(floor.since) >= Date.parse(told.until);
}
