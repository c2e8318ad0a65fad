import { expect, test } from "vitest";
import { readBrought } from "./brought";

test("what the address says after a way to the provider is read, and nothing else", () => {
  expect(readBrought("#signed-in")).toEqual({ signedIn: true, second: "", passkey: false, refused: "" });
  expect(readBrought("#second=a.b-c_d&passkey")).toEqual({ signedIn: false, second: "a.b-c_d", passkey: true, refused: "" });
  expect(readBrought("#sign-in=provider-away")).toEqual({ signedIn: false, second: "", passkey: false, refused: "provider-away" });
  expect(readBrought("")).toEqual({ signedIn: false, second: "", passkey: false, refused: "" });
});
