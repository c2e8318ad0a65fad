import { expect, it } from "vitest";
import { takeCode } from "./enrol";

const CODE = "Ab3_-".repeat(6);

function page(hash: string) {
  const left: string[] = [];
  const code = takeCode({ hash, pathname: "/unit/", search: "" }, { replaceState: (_state, _title, url) => left.push(String(url)) });
  return { code, left };
}

it("takes the code out of the address, so that nobody finds it in the history", () => {
  expect(page(`#enrol=${CODE}`)).toEqual({ code: CODE, left: ["/unit/"] });
});

it("leaves every other address as it is", () => {
  for (const hash of ["", "#", "#enrol=", "#enrol=short", "#enrol=<script>alert(1)</script>", `#other=${CODE}`, `#enrol=${"a".repeat(65)}`])
    expect(page(hash)).toEqual({ code: "", left: [] });
});
