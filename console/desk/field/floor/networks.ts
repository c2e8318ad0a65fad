/** How the network of a talkgroup is: its link, what is wrong, and what a dispatcher cannot expect of it. */
import type { LinkView } from "@shared/contracts/radio_bridge";
import type { Network } from "../../live/kinds";

/** The terminals' network: the floor and the sound of its talkgroups are the centre's own. */
export const OURS = "app";
/** Three words that did not come: then nobody knows how it is. */
export const SILENT_MS = 90_000;

/** `heard_at` by this page's clock. */
export interface KnownNetwork extends Network {
  heard_at: number;
}

export const heardNow = (network: Network, at: number): KnownNetwork => ({ ...network, heard_at: at });

/** The answer of `GET /networks`, which was asked at `asked_at`. What came by an event since then stays. */
export function takeIn(known: Record<string, KnownNetwork>, told: readonly Network[], asked_at: number): void {
  for (const network of told) {
    const heard_at = asked_at - (network.age_s ?? 0) * 1000;
    const before = known[network.network];
    if (before === undefined || before.heard_at < heard_at) known[network.network] = { ...network, heard_at };
  }
}

/** `missing`: no network has this talkgroup. */
export type LinkStage = "up" | "trouble" | "down" | "unknown" | "missing";

export interface GroupLink {
  stage: LinkStage;
  why: string;
  why_zh: string;
  /** The words of `LACKS`, what matters most first. */
  lacks: readonly string[];
}

/** In the order of what a dispatcher has to know before he relies on it. `speak` and `hear` together are `sound`. */
export const LACKS = [
  "sound", "speak", "hear", "emergency", "queue", "grant", "priority", "talker", "emergency_alarm", "presence", "location",
  "text", "text_report", "text_displayed", "status", "job", "groups",
] as const;

/** What the centre does by itself in talkgroups of its own network. */
const DONE_HERE = new Set(["speak", "hear", "talker", "grant", "queue", "priority", "pre_empt", "emergency_call"]);

export function lacksOf(network: Network): string[] {
  const lacks = new Set(network.lacks.filter((one) => network.network !== OURS || !DONE_HERE.has(one)));
  if (lacks.has("speak") && lacks.has("hear")) {
    lacks.delete("speak");
    lacks.delete("hear");
    lacks.add("sound");
  }
  // Nothing takes the talk from whoever has it. Where we are not heard at all, there is nothing to wait for.
  if (lacks.has("pre_empt") && lacks.has("emergency_call") && network.can.includes("speak")) lacks.add("emergency");
  return LACKS.filter((one) => lacks.has(one));
}

/** Of this talkgroup (`{network}:{id}`), at this moment. */
export function linkOf(talkgroup: string, known: Record<string, KnownNetwork>, at: number): GroupLink {
  const network = known[talkgroup.split(":", 1)[0]!];
  if (network === undefined) return { stage: "missing", why: "", why_zh: "", lacks: [] };
  const lacks = lacksOf(network);
  if (at - network.heard_at > SILENT_MS) return { stage: "unknown", why: "", why_zh: "", lacks };
  const link = linkIn(network, talkgroup);
  if (link === undefined) return { stage: "missing", why: "", why_zh: "", lacks: [] };
  const { up, why, why_zh } = link;
  return { stage: up ? (why ? "trouble" : "up") : "down", why, why_zh, lacks };
}

/** A network that names no links has one for all its talkgroups. */
function linkIn(network: Network, talkgroup: string): Omit<LinkView, "talkgroup"> | undefined {
  if (network.links.length === 0) return { up: network.state === "up", why: network.why, why_zh: network.why_zh };
  return network.links.find((link) => link.talkgroup === talkgroup);
}
