/** What `/api/health` tells people who are signed in: which part is degraded, and why. */
export interface PartHealth {
  part: string;
  state: string;
  why: string;
}

/** The degraded parts, or null where the answer does not tell: then nobody knows. */
export function degraded(answer: unknown): PartHealth[] | null {
  if (typeof answer !== "object" || answer === null || !("parts" in answer) || !Array.isArray(answer.parts)) return null;
  return (answer.parts as PartHealth[]).filter((one) => one.state !== "up");
}
