/** What the crew is shown of its button and of the talkgroup's floor. Pure. */
import { onAir, type Button, type Told } from "./button";
import type { MicrophoneState } from "./microphone";
import type { LegState } from "./rejoin";
import type { GroupState } from "./wire";

/** How long the crew reads what became of its press. */
export const TOLD_MS = 6000;

export interface Scene {
  /** Whether the unit may talk there without an emergency. */
  talks: boolean;
  button: Button;
  /** What became of the last press, and when it was told. */
  told: { what: Told; at: number } | null;
  floor: GroupState | null;
  online: boolean;
  floorsKept: boolean;
  leg: LegState | null;
  microphone: MicrophoneState;
}

export type Shown =
  /** `heard`: whether the switch has heard this talk; left out while nobody says so. */
  | { state: "talking"; seconds: number; emergency: boolean; heard?: boolean }
  | { state: "asking" }
  | { state: "queued"; position: number }
  | { state: "denied" | "revoked"; cause: string }
  | { state: "silent" }
  /** Why there is no voice now. */
  | { state: "away"; why: "offline" | "no_floor" | "no_microphone" | Exclude<LegState, "hearing"> }
  | { state: "taken"; name: string; emergency: boolean }
  | { state: "listen_only" }
  | { state: "idle" };

export function shown(scene: Scene, at: number): Shown {
  const { button, told, floor } = scene;
  const { press } = button;
  if (press !== null && onAir(button)) {
    const talks = { state: "talking" as const, seconds: Math.max(0, Math.ceil((press.until - at) / 1000)), emergency: press.emergency };
    if (scene.leg !== "hearing") return { ...talks, heard: false };
    return press.heard === null ? talks : { ...talks, heard: press.heard };
  }
  if (press !== null) return press.position === null ? { state: "asking" } : { state: "queued", position: press.position };
  if (told !== null && at - told.at < TOLD_MS) {
    const { kind, cause } = told.what;
    if (kind === "denied" || kind === "revoked") return { state: kind, cause };
    if (kind === "silent") return { state: "silent" };
  }
  const why = whyAway(scene);
  if (why !== null) return { state: "away", why };
  if (floor?.stage === "taken" && floor.talker !== null) {
    return { state: "taken", name: floor.talker.name || floor.talker.party, emergency: floor.talker.emergency };
  }
  return { state: scene.talks ? "idle" : "listen_only" };
}

/** Whether a press asks for the floor: nobody is to talk into a microphone that nobody hears. */
export function mayPress(scene: Scene, emergency: boolean): boolean {
  return whyAway(scene) === null && (scene.talks || emergency);
}

function whyAway({ online, floorsKept, leg, microphone }: Scene): (Shown & { state: "away" })["why"] | null {
  if (!online) return "offline";
  if (leg === null) return "joining";
  if (leg !== "hearing") return leg;
  if (!floorsKept) return "no_floor";
  return microphone === "missing" ? "no_microphone" : null;
}
