import { describe, expect, it } from "vitest";
import type { CallView, LegView } from "@shared/contracts/hotline";
import type { DeskCall } from "../../live/state";
import { actsOf } from "./acts";

const leg = (who: string, more: Partial<LegView> = {}): LegView => ({
  leg_id: who,
  role: who === "citizen" || who === "outside" ? "citizen" : "agent",
  agent_id: who === "citizen" || who === "outside" ? null : who,
  endpoint: "",
  state: "up",
  on_hold: false,
  muted: false,
  since: "2026-11-30T08:00:00Z",
  ...more,
});
const call = (state: CallView["state"], ...legs: LegView[]): DeskCall =>
  ({ call_id: "c", state, legs, help: null, agent_ids: [], rang: [] }) as unknown as DeskCall;
const sorted = (of: DeskCall, me = "li.na") => [...actsOf(of, me)].sort();
const held = leg("citizen", { on_hold: true });
const later = { since: "2026-11-30T08:01:00Z" };

describe("what may be done with a call", () => {
  it("moves a citizen who is talked with, and holds him", () => {
    expect(sorted(call("talking", leg("citizen"), leg("li.na")))).toEqual(
      ["consult", "digits", "help", "hold", "mute", "park", "silent", "transfer"],
    );
  });

  it("resumes what is on hold, and sends no digits into silence", () => {
    const acts = actsOf(call("hold", held, leg("li.na")), "li.na");
    expect(acts.has("resume")).toBe(true);
    expect(acts.has("hold") || acts.has("digits")).toBe(false);
  });

  it("ends a consultation that still rings, and completes one that is answered", () => {
    const rings = call("consulting", held, leg("li.na"), leg("chen.mo", { state: "ringing", ...later }));
    expect(sorted(rings)).toEqual(["abort", "help", "mute"]);
    const answered = call("consulting", held, leg("li.na"), leg("chen.mo", later));
    expect(sorted(answered)).toEqual(["abort", "complete", "conference", "digits", "help", "mute"]);
    expect(sorted(call("consulting", held, leg("li.na"), leg("outside", later)))).toContain("complete");
  });

  it("leaves the consultation to who began it", () => {
    const asked = call("consulting", leg("chen.mo", later), held, leg("li.na"));
    expect(sorted(asked, "chen.mo")).toEqual(["digits", "help", "mute"]);
  });

  it("retrieves what is parked, and nothing else of it", () => {
    expect(sorted(call("parked", leg("citizen")))).toEqual(["retrieve"]);
  });

  it("does nothing with what others have in hand, or what only rings", () => {
    expect(sorted(call("talking", leg("citizen"), leg("chen.mo")))).toEqual([]);
    expect(sorted(call("ringing", leg("citizen"), leg("li.na", { state: "ringing" })))).toEqual([]);
  });

  it("asks for help once, and unmutes what is muted", () => {
    const one = call("talking", leg("citizen"), leg("li.na", { muted: true }));
    one.help = { asked_by: "li.na", asked_at: "", accepted_by: null, accepted_at: null };
    expect(actsOf(one, "li.na").has("help")).toBe(false);
    expect(actsOf(one, "li.na").has("unmute")).toBe(true);
  });
});
