import { expect, it } from "vitest";
import { useTalk } from "./talk";

it("shows what the centre answered to the newest wish, and nothing of other messages", () => {
  const { talk, asked, answer } = useTalk();
  answer("m0", "");
  expect(talk.value).toBeNull();
  asked("d1", "m1", true);
  expect(talk.value?.state).toBe("asked");
  answer("another", "");
  expect(talk.value?.state).toBe("asked");
  answer("m1", "");
  expect(talk.value?.state).toBe("ringing");
});

it("says why nobody is called, also for a reason that it does not know", () => {
  const { talk, asked, answer } = useTalk();
  for (const [reason, state] of [
    ["too-late", "late"],
    ["job-not-accepted", "notAccepted"],
    ["unit-without-telephone", "noPhone"],
    ["something-new", "refused"],
  ] as const) {
    asked("d1", "m1", true);
    answer("m1", reason);
    expect(talk.value?.state).toBe(state);
  }
});

it("without a line nothing is kept for later", () => {
  const { talk, asked } = useTalk();
  asked("d1", "m1", false);
  expect(talk.value?.state).toBe("away");
});
