import { expect, it } from "vitest";
import type { ChangePatchView } from "@shared/contracts/sensing";
import { boxOf, outlinesOf, PATCH_LOOKS } from "./patches";

const patch = (more: Partial<ChangePatchView>): ChangePatchView =>
  ({ patch_id: "p1", number: 7, source_id: "T7", result: "", outline: { type: "Polygon", coordinates: [] }, ...more }) as ChangePatchView;

it("says by colour and by a sign what was found, and leads to the patch", () => {
  const { features } = outlinesOf([patch({}), patch({ patch_id: "p2", source_id: "", result: "case" })]) as { features: { properties: object; geometry: object }[] };
  expect(features.map((one) => one.properties)).toEqual([
    { key: "patch:p1", name: "? T7", colour: PATCH_LOOKS[""].colour, open: true },
    { key: "patch:p2", name: "◆ 7", colour: PATCH_LOOKS.case.colour, open: false },
  ]);
  for (const look of ["colour", "sign"] as const) expect(new Set(Object.values(PATCH_LOOKS).map((one) => one[look])).size).toBe(4);
});

it("asks for no more than there is of the world", () => {
  expect(boxOf({ west: 126, south: 45, east: 127, north: 46 })).toEqual({ west: 126, south: 45, east: 127, north: 46 });
  expect(boxOf({ west: -540, south: -95, east: 540, north: 95 })).toEqual({ west: -180, south: -90, east: 180, north: 90 });
});
