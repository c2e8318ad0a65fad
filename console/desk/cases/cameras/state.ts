/** How the state of a camera is shown. */
import type { CameraState } from "@shared/contracts/sensing";

export const SHAPES: Readonly<Record<CameraState, string>> = { up: "●", away: "×", unknown: "○" };

export const TONES: Readonly<Record<CameraState, string>> = { up: "good", away: "warn", unknown: "" };
