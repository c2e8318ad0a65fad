import { describe, expect, it } from "vitest";
import type { CallView, LegView } from "@shared/contracts/hotline";
import type { DeskCall } from "../live/state";
import { farNumber, inHandOf, isAsked, letGo, rings } from "./whose";

const leg = (agent_id: string, state: LegView["state"]): LegView => ({
  leg_id: `leg-${agent_id}`,
  role: "agent",
  agent_id,
  endpoint: "agent-1",
  state,
  on_hold: false,
  muted: false,
  since: "",
});
const call = (state: CallView["state"], ...legs: LegView[]): DeskCall => ({
  call_id: "c",
  direction: "inbound",
  state,
  caller: "",
  caller_name: "",
  called: "",
  queue: "",
  language: "",
  since: "",
  queued_at: null,
  answered_at: null,
  agent_ids: ["li.na", "chen.mo"],
  legs,
  confidential: false,
  disposition: null,
  help: null, handover: null, callback: null,
  rang: [],
  disposition_needed: false,
});

describe("whose a call is", () => {
  it.each(["talking", "hold", "consulting", "conference", "transferring"] as const)("is in hand while %s", (state) => {
    expect(inHandOf(call(state, leg("li.na", "up")), "li.na")).toBe(true);
    expect(inHandOf(call(state), "li.na")).toBe(true);
    expect(inHandOf(call(state, leg("li.na", "up")), "chen.mo")).toBe(false);
  });

  it.each(["flow", "queued", "ringing", "parked", "ended"] as const)("is in nobody's hand while %s", (state) => {
    expect(inHandOf(call(state, leg("li.na", "up")), "li.na")).toBe(false);
    expect(inHandOf(call(state), "li.na")).toBe(false);
  });

  it("rings the colleague who is asked or is to take over, not the agent who asks", () => {
    for (const state of ["consulting", "transferring", "conference"] as const) {
      const asked = call(state, leg("li.na", "up"), leg("chen.mo", "ringing"));
      expect([rings(asked, "chen.mo"), rings(asked, "li.na")]).toEqual([true, false]);
    }
    expect(inHandOf(call("consulting", leg("li.na", "up"), leg("chen.mo", "up")), "chen.mo")).toBe(true);
  });

  it("does not ring the phone that dials, nor after the end", () => {
    expect(rings(call("ringing", leg("li.na", "dialling")), "li.na")).toBe(false);
    expect(rings({ ...call("ringing"), rang: ["li.na"] }, "li.na")).toBe(true);
    expect(rings({ ...call("ended"), rang: ["li.na"] }, "li.na")).toBe(false);
  });

  it("is let go when it is parked, or ended with its outcome", () => {
    expect(letGo(call("parked"))).toBe(true);
    expect(letGo(call("hold", leg("li.na", "up")))).toBe(false);
    expect(letGo(call("ended"))).toBe(false);
    expect(letGo({ ...call("ended"), disposition: "enquiry" })).toBe(true);
  });
});

describe("the wish that this page's phone answers", () => {
  const asked = { call_id: "c", leg_id: "leg-li.na", agent_id: "li.na", endpoint: "agent-1" };
  const ringing = { c: call("ringing", leg("li.na", "ringing")) };

  it("is for the phone that it names", () => {
    expect(isAsked({ asked, calls: ringing }, "agent-1")).toBe(true);
    expect(isAsked({ asked, calls: ringing }, "agent-2")).toBe(false);
    expect(isAsked({ asked, calls: ringing }, null)).toBe(false);
    expect(isAsked({ asked: null, calls: ringing }, "agent-1")).toBe(false);
  });

  it("is over with its ring: the next caller's is not taken", () => {
    const next = { ...leg("li.na", "ringing"), leg_id: "another" };
    for (const one of [call("ringing", next), call("talking", leg("li.na", "up")), call("ended")]) {
      expect(isAsked({ asked, calls: { c: one } }, "agent-1")).toBe(false);
    }
    expect(isAsked({ asked, calls: {} }, "agent-1")).toBe(false);
  });
});

describe("the number at the other end", () => {
  it("is the caller's, or what the agent dialled; a withheld caller has none", () => {
    const one = { ...call("talking"), called: "84517777" };
    expect(farNumber({ ...one, caller: "13904510001" })).toBe("13904510001");
    expect(farNumber({ ...one, direction: "outbound" })).toBe("84517777");
    expect(farNumber(one)).toBe("");
  });
});
