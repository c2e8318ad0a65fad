import { expect, it } from "vitest";
import { chordOf, composes } from "./keys";

const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({ key, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...more }) as KeyboardEvent;

it("a chord is its modifiers in one order, then the key", () => {
  expect(chordOf(press("F2"))).toBe("F2");
  expect(chordOf(press("Enter", { ctrlKey: true }))).toBe("Ctrl+Enter");
  expect(chordOf(press("Enter", { shiftKey: true, ctrlKey: true }))).toBe("Ctrl+Shift+Enter");
  expect(chordOf(press("k", { ctrlKey: true }))).toBe("Ctrl+K");
  expect(chordOf(press("K", { ctrlKey: true }))).toBe("Ctrl+K");
  expect(chordOf(press("/"))).toBe("/");
});

it("what an input method has is not the desk's", () => {
  expect(composes(press("Enter", { isComposing: true }))).toBe(true);
  expect(composes(press("Enter", { keyCode: 229 }))).toBe(true);
  expect(composes(press("Enter", { keyCode: 13 }))).toBe(false);
});
