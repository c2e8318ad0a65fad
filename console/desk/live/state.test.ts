import { describe, expect, it } from "vitest";
import type { Call, Case } from "@shared/contracts";
import { applyEvent, applySnapshot, emptyState, MOST_ENDED } from "./state";

const event = (type: string, fields: object) => ({ type, version: 1, id: "e", at: "", ...fields });
const call = (call_id: string, more: Partial<Call> = {}): Call => ({
  call_id,
  direction: "inbound",
  state: "talking",
  caller: "13904510001",
  caller_name: "",
  called: "12319",
  queue: "hotline",
  language: "zh",
  since: `2026-01-01T00:00:${call_id}`,
  queued_at: null,
  answered_at: null,
  agent_ids: [],
  legs: [],
  confidential: false,
  disposition: null,
  ...more,
});
const changed = (id: string, more: Partial<Call> = {}) => event("hotline.call_changed", { call_id: id, call: call(id, more) });
const ended = (id: string) =>
  event("hotline.call_ended", { call_id: id, agent_ids: ["li.na"], merged_into: null, disposition_needed: true });
const ringing = (id: string) =>
  event("hotline.call_ringing", { call_id: id, agent_id: "li.na", caller: "13904510001", since: "2026-01-01T00:00:01", context: null });

describe("the desk's picture", () => {
  it("shows a call from ring to end and does not let it ring again afterwards", () => {
    const state = emptyState();
    applyEvent(state, ringing("01"));
    expect(state.calls["01"]).toMatchObject({ state: "ringing", rang: ["li.na"], caller: "13904510001" });
    applyEvent(state, changed("01", { state: "talking", answered_at: "2026-01-01T00:00:09" }));
    applyEvent(state, ringing("01"));
    expect(state.calls["01"]!.state).toBe("talking");
    applyEvent(state, ended("01"));
    applyEvent(state, ringing("01"));
    applyEvent(state, changed("01"));
    expect(state.calls["01"]).toMatchObject({ state: "ended", disposition_needed: true, agent_ids: ["li.na"] });
  });

  it("takes the caller's context with the ring or after it", () => {
    const state = emptyState();
    const context = { earlier_calls: [], open_cases: [] };
    applyEvent(state, ringing("01"));
    applyEvent(state, event("hotline.caller_context", { call_id: "01", context }));
    applyEvent(state, { ...ringing("02"), context });
    expect(state.contexts).toEqual({ "01": context, "02": context });
  });

  it("forgets a call that lives on in another one", () => {
    const state = emptyState();
    applyEvent(state, changed("01"));
    applyEvent(state, { ...ended("01"), merged_into: "02" });
    expect(state.calls["01"]).toBeUndefined();
  });

  it("takes a call that vanished from the snapshot as ended, and keeps it for its disposition", () => {
    const state = emptyState();
    applyEvent(state, changed("01"));
    applySnapshot(state, { calls: [] });
    expect(state.calls["01"]?.state).toBe("ended");
  });

  it("keeps the words of a call across a snapshot that holds fewer of them", () => {
    const state = emptyState();
    const said = { call_id: "01", leg_id: "l", speaker: "citizen", final: true, start_s: 0, end_s: 1 };
    applyEvent(state, event("speech.transcript_segment", { ...said, segment_id: "a", text: "1", started_at: "2026-01-01T00:00:01Z" }));
    applySnapshot(state, { segments: [] });
    expect(state.transcripts["01"]!.segments).toHaveLength(1);
  });

  it("follows a dispatch step by step", () => {
    const state = emptyState();
    applyEvent(state, event("cases.case_filed", { case: { case_id: "k", number: "NG-1", state: "filed" } as Partial<Case> }));
    for (const step of ["queued", "delivered", "accepted"]) {
      applyEvent(state, event("cases.dispatch_changed", { dispatch: { dispatch_id: "d", case_id: "k", unit_id: "app:17", step } }));
    }
    applyEvent(state, event("cases.case_changed", { case: { case_id: "k", number: "NG-1", state: "done" } as Partial<Case> }));
    expect(state.cases.k!.dispatches).toMatchObject([{ dispatch_id: "d", step: "accepted" }]);
  });

  it("does not let a masked event take away what was already readable", () => {
    const state = emptyState();
    const filed = { case_id: "k", number: "NG-1", state: "filed", address: "学府路74号", dispatches: [] };
    applyEvent(state, event("cases.case_filed", { case: filed }));
    applyEvent(state, event("cases.case_changed", { case: { ...filed, address: "•••", state: "done" } }));
    expect(state.cases.k).toMatchObject({ address: "学府路74号", state: "done" });
    applyEvent(state, changed("01", { caller: "13904510001" }));
    applyEvent(state, changed("01", { caller: "•••" }));
    expect(state.calls["01"]!.caller).toBe("13904510001");
  });

  it("takes the callers' histories with the snapshot", () => {
    const state = emptyState();
    applySnapshot(state, { calls: [call("01")], contexts: { "01": { earlier_calls: [], open_cases: [] } } });
    expect(state.contexts["01"]).toBeDefined();
  });

  it("says that an event of another concern is not its own", () => {
    expect(applyEvent(emptyState(), event("cdr.imported", {}))).toBe(false);
  });

  it("stays bounded over many calls", () => {
    const state = emptyState();
    for (let i = 0; i < 200; i++) {
      const id = String(i).padStart(3, "0");
      applyEvent(state, changed(id));
      applyEvent(state, ended(id));
    }
    expect(Object.keys(state.calls).length).toBe(MOST_ENDED);
  });
});
