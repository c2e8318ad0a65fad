import { expect, it } from "vitest";
import { choiceOf, LAYERS } from "./layers";

const on = (text: string | null) => LAYERS.filter((one) => choiceOf(text)[one]);

it("shows what a person left switched on", () => {
  expect(on(null)).toEqual(["emergency", "case", "unit"]);
  expect(on('["emergency","patches"]')).toEqual(["emergency", "patches"]);
});

it("shows emergencies whenever the map is opened", () => {
  expect(on('["unit"]')).toEqual(["emergency", "unit"]);
  expect(on("[]")).toEqual(["emergency"]);
});

it("takes what is broken for no choice, and knows no layer that is not there", () => {
  for (const text of ["{", "3", "null", '{"unit":true}']) expect(on(text)).toEqual(["emergency", "case", "unit"]);
  expect(on('["unit","seas"]')).toEqual(["emergency", "unit"]);
});
