/** The state of one strip in words: what became of this desk's press, why there is no voice, who talks. Pure. */
import type { FloorChanged } from "@shared/contracts/radio_bridge";
import { AT_REST, type Button, type Told } from "@shared/talk/button";
import type { MicrophoneState } from "@shared/talk/microphone";
import { shown, type Scene, type Shown } from "@shared/talk/panel";
import type { LegState } from "@shared/talk/rejoin";

export interface StripScene {
  button: Button | undefined;
  told: { what: Told; at: number } | undefined;
  floor: FloorChanged | undefined;
  live: boolean;
  leg: LegState | undefined;
  microphone: MicrophoneState;
  /** The press was lost unheard, is still held, and is asked for again. */
  again: boolean;
}

export type StripShown = Shown | { state: "asking_again" };

/** As the rules of the unit's page see it. */
export function sceneOf({ button, told, floor, live, leg, microphone }: StripScene): Scene {
  const stage = floor?.stage;
  const kept = stage !== undefined && stage !== "away" && stage !== "closed";
  return {
    talks: true,
    button: button ?? AT_REST,
    told: told ?? null,
    floor: kept ? { stage, waiting: floor!.waiting ?? 0, talker: floor!.talker ? { party: floor!.talker, name: floor!.talker_name ?? "", emergency: floor!.emergency ?? false } : null } : null,
    online: live,
    floorsKept: kept,
    leg: leg ?? null,
    microphone,
  };
}

export function stripState(scene: StripScene, at: number): StripShown {
  return scene.again && (scene.button?.press ?? null) === null ? { state: "asking_again" } : shown(sceneOf(scene), at);
}
