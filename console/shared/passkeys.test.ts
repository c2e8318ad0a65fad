import { expect, test } from "vitest";
import { toBytes, toText } from "./passkeys";

test("bytes and their text are the same again, whatever their length", () => {
  for (const bytes of [[], [0], [255, 254], [250, 0, 63, 62, 191]]) {
    const text = toText(Uint8Array.from(bytes).buffer);
    expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
    expect([...toBytes(text)]).toEqual(bytes);
  }
});
