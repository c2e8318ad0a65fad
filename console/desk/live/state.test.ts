import { describe, expect, it } from "vitest";
import type { CaseView, ReportOfferView } from "@shared/contracts/cases";
import type { BoardView, CallbackOffered, CallView } from "@shared/contracts/hotline";
import { applyEvent, applySnapshot, emptyState, MOST_ENDED, putCase } from "./state";

const event = (type: string, fields: object) => ({ type, version: 1, id: "e", at: "", ...fields });
const call = (call_id: string, more: Partial<CallView> = {}): CallView => ({
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
  help: null, handover: null, callback: null,
  ...more,
});
const changed = (id: string, more: Partial<CallView> = {}) => event("hotline.call_changed", { call_id: id, call: call(id, more) });
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

  it("keeps an attack on sign-in until it is over and somebody has taken it over", () => {
    const state = emptyState();
    const attack = (more: object) =>
      event("identity.sign_in_attack", { attack_id: "a1", began_at: "2026-01-01T00:00:00Z", over: false, acknowledged_by: "", ...more });
    applyEvent(state, attack({ failures: 20 }));
    applyEvent(state, attack({ failures: 40, over: true }));
    expect(state.attacks["a1"]).toMatchObject({ failures: 40, over: true });
    applyEvent(state, attack({ over: true, acknowledged_by: "陈静" }));
    expect(state.attacks).toEqual({});
    applyEvent(state, attack({}));
    applySnapshot(state, { attacks: [] });
    expect(state.attacks).toEqual({});
  });

  it("keeps what needs another person until nothing is left to do about it", () => {
    const state = emptyState();
    const alarm = (more: object) => event("identity.rights_alarm", { alarm_id: "request-17", kind: "waiting", number: 17, ended: false, ...more });
    applyEvent(state, alarm({}));
    applyEvent(state, alarm({ kind: "alone" }));
    expect(Object.values(state.rights)).toMatchObject([{ kind: "alone", number: 17 }]);
    applyEvent(state, alarm({ ended: true }));
    expect(state.rights).toEqual({});
    applyEvent(state, alarm({}));
    applySnapshot(state, { rights_alarms: [] });
    expect(state.rights).toEqual({});
  });

  it("says that a recording is paused until it goes on, the call ends, or a snapshot knows of no pause", () => {
    const state = emptyState();
    const paused = (call_id: string, on = true) =>
      event("cdr.recording_paused", { call_id, paused: on, reason: "card", by: "li.na", until: "2026-01-01T00:05:00" });
    for (const id of ["01", "02", "03"]) {
      applyEvent(state, changed(id));
      applyEvent(state, paused(id));
    }
    applyEvent(state, paused("01", false));
    applyEvent(state, ended("02"));
    expect(Object.keys(state.pauses)).toEqual(["03"]);
    applySnapshot(state, { calls: [call("03")], pauses: [] });
    expect(state.pauses).toEqual({});
  });

  it("shows what was paused as a gap, and takes back what was shown of words that will not come", () => {
    const state = emptyState();
    const where = { call_id: "01", leg_id: "l", speaker: "citizen", started_at: "2026-01-01T00:00:05", start_s: 5, end_s: 6 };
    applyEvent(state, event("speech.transcript_segment", { ...where, segment_id: "a", text: "六二", final: false }));
    applyEvent(state, event("speech.transcript_gap", { ...where, segment_id: "a", reason: "paused" }));
    const times = { began: "2026-01-01T00:00:10.000Z", ended: "2026-01-01T00:00:17.500Z" };
    applyEvent(
      state,
      event("hotline.leg_unheard", { call_id: "01", leg_id: "l", speaker: "agent", gap_id: "g", reason: "paused", ...times }),
    );
    const heard = state.transcripts["01"]!;
    expect(heard.segments).toEqual([]);
    expect(heard.gaps.map((gap) => [gap.segment_id, gap.reason, gap.end_s])).toEqual([
      ["a", "paused", 6],
      ["g", "paused", 7.5],
    ]);
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

  it("tells a page that shows a case of every act of its departments, and after a lost link", () => {
    const state = emptyState();
    applyEvent(state, event("cases.case_filed", { case: { case_id: "k", number: "NG-1", state: "filed" } as Partial<CaseView> }));
    applyEvent(state, event("cases.assignment_changed", { assignment: { case_id: "k", rev: 2 } }));
    applyEvent(state, event("cases.assignment_changed", { assignment: { case_id: "elsewhere", rev: 2 } }));
    expect(state.assigned).toEqual({ k: 1 });
    expect(state.assignedChanged).toBe(2);
    applySnapshot(state, { cases: [] });
    expect(state.assigned.k).toBe(2);
    expect(state.assignedChanged).toBe(3);
  });

  it("follows a dispatch step by step", () => {
    const state = emptyState();
    applyEvent(state, event("cases.case_filed", { case: { case_id: "k", number: "NG-1", state: "filed" } as Partial<CaseView> }));
    for (const step of ["queued", "delivered", "accepted"]) {
      applyEvent(state, event("cases.dispatch_changed", { dispatch: { dispatch_id: "d", case_id: "k", unit_id: "app:17", step } }));
    }
    applyEvent(state, event("cases.case_changed", { case: { case_id: "k", number: "NG-1", state: "done" } as Partial<CaseView> }));
    expect(state.cases.k!.dispatches).toMatchObject([{ dispatch_id: "d", step: "accepted" }]);
  });

  it("keeps what a crew has said when the answer to who dispatched comes late", () => {
    const state = emptyState();
    applyEvent(state, event("cases.case_filed", { case: { case_id: "k", number: "NG-1", state: "filed" } as Partial<CaseView> }));
    const sent = { dispatch_id: "d", case_id: "k", unit_id: "app:17", step: "queued", at: "2026-11-29T08:00:00.5Z" };
    const declined = { ...sent, step: "declined", at: "2026-11-29T08:00:02Z" };
    applyEvent(state, event("cases.dispatch_changed", { dispatch: declined }));
    applyEvent(state, event("cases.dispatch_changed", { dispatch: sent }));
    expect(state.cases.k!.dispatches).toMatchObject([{ dispatch_id: "d", step: "declined" }]);
  });

  it("keeps what events said when an older picture of the whole case comes late", () => {
    const state = emptyState();
    const queued = { dispatch_id: "d", case_id: "k", unit_id: "app:17", step: "queued", at: "2026-11-29T08:00:00.5Z" };
    const earlier = { case_id: "k", number: "NG-1", state: "filed", updated_at: "2026-11-29T08:00:00.5Z", address: "学府路74号" };
    applyEvent(state, event("cases.case_filed", { case: { ...earlier, address: "•••" } as Partial<CaseView> }));
    applyEvent(state, event("cases.dispatch_changed", { dispatch: { ...queued, step: "accepted", at: "2026-11-29T08:00:02Z" } }));
    applyEvent(state, event("cases.case_changed", { case: { ...earlier, address: "•••", state: "done", updated_at: "2026-11-29T08:00:02Z" } as Partial<CaseView> }));
    putCase(state, { ...earlier, dispatches: [queued] } as unknown as CaseView);
    expect(state.cases.k).toMatchObject({ state: "done", address: "学府路74号", dispatches: [{ step: "accepted" }] });
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

  it("keeps a call for help with its call, and only as long as it lives", () => {
    const state = emptyState();
    const help = { asked_by: "li.na", asked_at: "2026-01-01T00:00:05Z", accepted_by: null, accepted_at: null };
    applyEvent(state, changed("01"));
    applyEvent(state, event("hotline.help_changed", { call_id: "01", help }));
    expect(state.calls["01"]!.help).toEqual(help);
    applyEvent(state, ended("01"));
    expect(state.calls["01"]!.help).toBeNull();
    applyEvent(state, event("hotline.help_changed", { call_id: "01", help }));
    expect(state.calls["01"]!.help).toBeNull();
  });

  it("holds the callback that is offered until that very offer is over", () => {
    const state = emptyState();
    const offered = (callback_id: string) => event("hotline.callback_offered", { callback_id, agent_id: "li.na" });
    const over = (callback_id: string) => event("hotline.callback_offer_over", { callback_id, agent_id: "li.na", why: "expired" });
    applyEvent(state, offered("b1"));
    applyEvent(state, offered("b2"));
    applyEvent(state, over("b1"));
    expect(state.offer?.callback_id).toBe("b2");
    applyEvent(state, over("b2"));
    expect(state.offer).toBeNull();
  });

  it("holds the report that is offered until that very offer is over, and how long the oldest waits", () => {
    const state = emptyState();
    const offer = (draft_id: string) => ({ draft_id }) as ReportOfferView;
    applyEvent(state, event("cases.report_offered", { agent_id: "li.na", offer: offer("d1") }));
    applyEvent(state, event("cases.report_offered", { agent_id: "li.na", offer: offer("d2") }));
    applyEvent(state, event("cases.report_offer_over", { agent_id: "li.na", draft_id: "d1", why: "taken" }));
    expect(state.reportOffer?.draft_id).toBe("d2");
    applyEvent(state, event("cases.report_offer_over", { agent_id: "li.na", draft_id: "d2", why: "withdrawn" }));
    expect(state.reportOffer).toBeNull();
    applyEvent(state, event("cases.reports_waiting", { waiting: 2, oldest: "2026-12-01T00:00:00Z" }));
    expect([state.reportsWaiting, state.reportsOldest]).toEqual([2, "2026-12-01T00:00:00Z"]);
    applySnapshot(state, { reports_waiting: 1, reports_oldest: null, report_offer: offer("d3") });
    expect([state.reportOffer?.draft_id, state.reportsOldest]).toEqual(["d3", null]);
  });

  it("takes the offer and the board with the snapshot, also that there is no offer any more", () => {
    const state = emptyState();
    const board = { at: "", callbacks_due: 2 } as BoardView;
    applySnapshot(state, { board, callback_offer: { callback_id: "b1" } as CallbackOffered });
    expect([state.offer?.callback_id, state.board?.callbacks_due]).toEqual(["b1", 2]);
    applyEvent(state, event("hotline.board_changed", { board: { ...board, callbacks_due: 3 } }));
    expect(state.board?.callbacks_due).toBe(3);
    applySnapshot(state, { board, callback_offer: null });
    expect(state.offer).toBeNull();
  });

  it("keeps a mark that comes before its call, and stays bounded over marks without one", () => {
    const state = emptyState();
    for (let i = 0; i < 500; i++) applyEvent(state, event("ivr.caller_marked", { call_id: `m${i}`, uniqueid: "", mark: "silent" }));
    expect(state.marks.m499).toBe("silent");
    expect(Object.keys(state.marks).length).toBeLessThanOrEqual(200);
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
