import { afterEach, describe, expect, it, vi } from "vitest";
import { Refused } from "@shared/http";
import { KEPT_MS, once } from "./once";

const lost = () => Promise.reject(new Refused({ type: "about:blank", title: "unreachable", status: 0 }));
const refused = () => Promise.reject(new Refused({ type: "about:blank", title: "no", status: 409 }));
const told = (op_id: string) => Promise.resolve(op_id);

/** The id that the next press of this act has, and that of this one, which ends as `send` says. */
async function pressed(act: string, send: () => Promise<never>): Promise<string> {
  let used = "";
  await once(act, (op_id) => {
    used = op_id;
    return send();
  }).catch(() => {});
  return used;
}

describe("an act", () => {
  afterEach(() => vi.useRealTimers());

  it("is the same one while no answer has come", async () => {
    const first = await pressed("hold 1", lost);
    expect(await once("hold 1", told)).toBe(first);
    expect(await once("hold 1", told)).not.toBe(first);
  });

  it("is a new one after an answer, after a refusal, and about something else", async () => {
    expect(await once("park 1", told)).not.toBe(await once("park 1", told));
    const first = await pressed("park 2", refused);
    expect(await once("park 2", told)).not.toBe(first);
    const other = await pressed("park 3", lost);
    expect(await once("park 4", told)).not.toBe(other);
  });

  it("is meant anew when it is pressed long after", async () => {
    vi.useFakeTimers();
    const first = await pressed("hold 5", lost);
    vi.advanceTimersByTime(KEPT_MS);
    expect(await once("hold 5", told)).not.toBe(first);
  });
});
