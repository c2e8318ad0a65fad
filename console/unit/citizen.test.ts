import { expect, it } from "vitest";
import { useCitizen } from "./citizen";

it("shows what the centre answered to the newest wish, and nothing of other messages", () => {
  const { citizen, asked, answer } = useCitizen();
  answer("m0", "");
  expect(citizen.value).toBeNull();
  asked("d1", "m1", true);
  expect(citizen.value?.state).toBe("asked");
  answer("another", "");
  expect(citizen.value?.state).toBe("asked");
  answer("m1", "");
  expect(citizen.value?.state).toBe("ringing");
});

it("says why nobody is called, also for a reason that it does not know", () => {
  const { citizen, asked, answer } = useCitizen();
  for (const [reason, state] of [
    ["too-late", "late"],
    ["job-not-accepted", "notAccepted"],
    ["unit-without-telephone", "noPhone"],
    ["something-new", "refused"],
  ] as const) {
    asked("d1", "m1", true);
    answer("m1", reason);
    expect(citizen.value?.state).toBe(state);
  }
});

it("without a line nothing is kept for later", () => {
  const { citizen, asked } = useCitizen();
  asked("d1", "m1", false);
  expect(citizen.value?.state).toBe("away");
});
