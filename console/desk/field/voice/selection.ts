/** Which talkgroups this desk listens to, how loud each is, and which of them its key talks to. Kept by the browser, for each person. */
import { MOST_DESK_LEGS } from "@shared/talk/voice";

export interface Strip {
  group: string;
  /** 0 to 100. */
  volume: number;
  muted: boolean;
  /** Whether the key and the pedal talk here. */
  keyed: boolean;
}

export function add(strips: readonly Strip[], group: string): Strip[] {
  if (strips.some((one) => one.group === group) || strips.length >= MOST_DESK_LEGS) return [...strips];
  return [...strips, { group, volume: 100, muted: false, keyed: !strips.some((one) => one.keyed) }];
}

export const without = (strips: readonly Strip[], group: string): Strip[] => strips.filter((one) => one.group !== group);

export const change = (strips: readonly Strip[], group: string, what: Partial<Omit<Strip, "group">>): Strip[] =>
  strips.map((one) => (one.group === group ? { ...one, ...what } : one));

/** 0 (silent) to 1. */
export const loudness = ({ volume, muted }: Strip): number => (muted ? 0 : volume / 100);

/** From what a browser has kept, which may be anything. */
export function read(kept: string | null): Strip[] {
  let found: unknown;
  try {
    found = JSON.parse(kept ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(found)) return [];
  const strips: Strip[] = [];
  for (const one of found as unknown[]) {
    if (typeof one !== "object" || one === null) continue;
    const { group, volume, muted, keyed } = one as Record<string, unknown>;
    if (typeof group !== "string" || group === "" || group.length > 64 || strips.some((known) => known.group === group)) continue;
    const loud = typeof volume === "number" && volume >= 0 && volume <= 100 ? volume : 100;
    strips.push({ group, volume: loud, muted: muted === true, keyed: keyed === true });
  }
  return strips.slice(0, MOST_DESK_LEGS);
}
