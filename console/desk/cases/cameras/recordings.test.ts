import { expect, test } from "vitest";
import { around, field, stretch } from "./recordings";

const FROM = "2026-12-01T08:00:05";
const AT = new Date(FROM).getTime();

test("a field holds the same moment that it was given", () => {
  expect(field(new Date(AT))).toBe(FROM);
});

test("a stretch begins where the field says and lasts as long as was chosen", () => {
  expect(stretch(FROM, 30)).toEqual({ begin: new Date(AT).toISOString(), end: new Date(AT + 30_000).toISOString() });
  expect(stretch("", 30)).toBeNull();
});

test("what is searched is not later than now", () => {
  expect(around(FROM, AT + 60_900)?.end).toBe(new Date(AT + 60_000).toISOString());
  expect(around(FROM, AT + 7_200_000)?.end).toBe(new Date(AT + 1_800_000).toISOString());
  expect(around(FROM, AT - 7_200_000)).toBeNull();
  expect(around("soon", AT)).toBeNull();
});
