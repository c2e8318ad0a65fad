import { describe, expect, it } from "vitest";
import { isFree } from "./talkKey";

describe("the key to talk", () => {
  it("is one that types nothing and that nobody else has", () => {
    expect(isFree("F13", "F13")).toBe(true);
    expect(isFree("Pause", "Pause")).toBe(true);
    expect(isFree("ControlRight", "Control")).toBe(true);
    for (const [code, key] of [["KeyB", "b"], ["Space", " "], ["Numpad1", "1"], ["Enter", "Enter"], ["F9", "F9"], ["ShiftRight", "Shift"], ["KeyP", "Process"], ["", "F13"]] as const)
      expect(isFree(code, key), code).toBe(false);
  });

  it("is no key that types a character of two units", () => expect(isFree("KeyX", "𠮷")).toBe(false));
});
