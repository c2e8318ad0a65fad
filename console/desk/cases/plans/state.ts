/** How the state of a plan's step is shown. */
import type { PlanStepState } from "@shared/contracts/cases";

export const SHAPES: Readonly<Record<PlanStepState, string>> = { open: "○", doing: "…", done: "✓", refused: "×", in_doubt: "?", skipped: "–" };

export const TONES: Readonly<Record<PlanStepState, string>> = { open: "", doing: "", done: "good", refused: "warn", in_doubt: "warn", skipped: "" };
