import { describe, expect, it } from "vitest";
import type { DispatchStep } from "@shared/contracts/cases";
import { progressOf } from "./progress";

const sent = (...steps: DispatchStep[]) => steps.map((step) => ({ step }));

describe("how far a case is", () => {
  it("is received while nobody has it, and again when everybody gave it back", () => {
    expect(progressOf("filed", [])).toBe("received");
    expect(progressOf("filed", sent("declined", "recalled", "returned"))).toBe("received");
  });

  it("is in progress when a department has signed for it, whatever crews were sent", () => {
    expect(progressOf("filed", [], "in_progress")).toBe("in_progress");
    expect(progressOf("filed", sent("queued"), "in_progress")).toBe("in_progress");
    expect(progressOf("filed", sent("returned"), "in_progress")).toBe("received");
    expect(progressOf("done", [], "in_progress")).toBe("done");
  });

  it("is assigned until a crew accepts, and in progress as soon as one of several does", () => {
    expect(progressOf("filed", sent("queued"))).toBe("assigned");
    expect(progressOf("filed", sent("declined", "displayed"))).toBe("assigned");
    expect(progressOf("filed", sent("queued", "accepted"))).toBe("in_progress");
    expect(progressOf("filed", sent("done", "queued"))).toBe("in_progress");
  });

  it("is its state from then on", () => {
    expect(progressOf("done", sent("done"))).toBe("done");
    expect(progressOf("handed_over", [])).toBe("handed_over");
  });
});
