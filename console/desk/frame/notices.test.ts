import { beforeEach, expect, it } from "vitest";
import { dismiss, notices, tell } from "./notices";

beforeEach(() => void notices.splice(0));

it("the same words are one row with a count, the newest row first", () => {
  tell("a");
  tell("b");
  tell("a");
  expect(notices.map(({ text, count }) => [text, count])).toEqual([["b", 1], ["a", 2]]);
});

it("ten thousand are a few rows", () => {
  for (let i = 0; i < 10_000; i++) tell(`${i}`);
  expect(notices.map((one) => one.text)).toEqual(["9999", "9998", "9997", "9996"]);
  dismiss(notices[0]!.id);
  expect(notices[0]!.text).toBe("9998");
});
