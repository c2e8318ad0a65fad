import { describe, expect, it } from "vitest";
import { closed, parsed } from "./bidi";

describe("text that turns the direction of writing", () => {
  it("is closed where it was left open, and otherwise left alone", () => {
    expect(closed("学府路74号")).toBe("学府路74号");
    expect(closed("\u202eabc")).toBe("\u202eabc\u202c");
    expect(closed("\u202eabc\u202c")).toBe("\u202eabc\u202c");
    expect(closed("\u2067a\u202eb")).toBe("\u2067a\u202eb\u202c\u2069");
    // The end of an isolate ends what was opened inside it, and not what was before it.
    expect(closed("\u202b\u2067a\u202eb\u2069c")).toBe("\u202b\u2067a\u202eb\u2069c\u202c");
    // An end that nothing was opened for closes nothing else.
    expect(closed("\u2069\u202c\u202ea")).toBe("\u2069\u202c\u202ea\u202c");
  });

  it("keeps the place of each of its signs", () => {
    const text = "a\u202eb\u2066c";
    expect(closed(text).startsWith(text)).toBe(true);
  });

  it("is closed in whatever comes from the centre", () => {
    const told = { name: "\u202eabc", list: [{ text: "\u2067x" }], n: 1, none: null };
    const heard = { name: "\u202eabc\u202c", list: [{ text: "\u2067x\u2069" }], n: 1, none: null };
    expect(parsed(JSON.stringify(told))).toEqual(heard);
    expect(parsed('{"name": "\\u202Eabc"}')).toEqual({ name: "\u202eabc\u202c" });
    expect(parsed('{"plain": "x"}')).toEqual({ plain: "x" });
    expect(() => parsed("{")).toThrow();
  });
});
