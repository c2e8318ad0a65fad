import { expect, it } from "vitest";
import { digitsOf, firstOf, isMeant } from "./matching";

it("every word has to stand somewhere, in any order, whatever its case and width", () => {
  expect(isMeant("crew 道里", "CREW-A", "道里 app:daoli")).toBe(true);
  expect(isMeant("道里 crew", "CREW-A", "道里")).toBe(true);
  expect(isMeant("ｃｒｅｗ", "CREW-A")).toBe(true);
  expect(isMeant("crew 南岗", "CREW-A", "道里")).toBe(false);
  expect(isMeant("", "anything", null)).toBe(true);
});

it("a telephone number is its digits", () => {
  expect(digitsOf("139 0451-0001")).toBe("13904510001");
  expect(digitsOf("+86 139 0451")).toBe("+861390451");
  expect(digitsOf("1 井盖")).toBe("");
  expect(digitsOf("11")).toBe("");
});

it("a group with many does not hide the next one", () => {
  const many = [..."aaaab"].map((group) => ({ group }));
  expect(firstOf(many, 2).map((one) => one.group)).toEqual(["a", "a", "b"]);
});
