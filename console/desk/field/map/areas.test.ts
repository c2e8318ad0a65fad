import { expect, it } from "vitest";
import { boxOf } from "./areas";

it("asks for no more than there is of the world", () => {
  expect(boxOf({ west: 126, south: 45, east: 127, north: 46 })).toEqual({ west: 126, south: 45, east: 127, north: 46 });
  expect(boxOf({ west: -540, south: -95, east: 540, north: 95 })).toEqual({ west: -180, south: -90, east: 180, north: 90 });
});
