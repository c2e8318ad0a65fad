/** What is done with mass incidents, and which of them a call belongs to or may belong to. */
import type { DraftView, IncidentAnnounced, IncidentView, StartIncident } from "@shared/contracts/cases";
import { get, post } from "@shared/http";
import { once } from "../frame/once";
import { desk } from "../live/desk";
import { putIncident } from "../live/state";

export const newestFirst = (incidents: Record<string, IncidentView>): IncidentView[] =>
  Object.values(incidents).sort((a, b) => (a.started_at < b.started_at ? 1 : -1));

/** Pure: which incident is offered for a call first. The one that its draft fits, else the newest. */
export function offered(incidents: readonly IncidentView[], drafts: readonly DraftView[]): IncidentView | null {
  return incidents.find((one) => fits(one, drafts)) ?? incidents[0] ?? null;
}

export const fits = (incident: IncidentView, drafts: readonly DraftView[]): boolean =>
  drafts.some((draft) => draft.state === "open" && draft.duplicates.some((one) => one.why === "incident" && one.case_id === incident.case_id));

/** The draft that goes with the call: the one that fits; else the only open one. Others stay as they are. */
export function draftFor(incident: IncidentView, drafts: readonly DraftView[]): DraftView | null {
  const open = drafts.filter((draft) => draft.state === "open");
  return open.find((draft) => fits(incident, [draft])) ?? (open.length === 1 ? open[0]! : null);
}

export const draftsOf = (callId: string): DraftView[] => Object.values(desk.drafts).filter((draft) => draft.call_id === callId);

export async function attach(incident: IncidentView, callId: string, draftId: string | null, despite: string[] = []): Promise<void> {
  const { incident_id } = incident;
  const body = { call_id: callId, draft_id: draftId, despite };
  putIncident(desk, await once(`attach ${incident_id} ${callId} ${draftId} ${despite.join()}`, (op_id) => post("/incidents/{incident_id}/attach", { incident_id }, { op_id, ...body })));
}

export async function detach(incident: IncidentView, callId: string): Promise<void> {
  const { incident_id } = incident;
  putIncident(desk, await once(`detach ${incident_id} ${callId}`, (op_id) => post("/incidents/{incident_id}/detach", { incident_id }, { op_id, call_id: callId })));
}

export async function begin(wish: Omit<StartIncident, "op_id">, op_id: string): Promise<IncidentAnnounced> {
  const told = await post("/incidents", {}, { op_id, ...wish });
  putIncident(desk, told.incident);
  return told;
}

export async function announce(incident: IncidentView, prompt: string): Promise<IncidentAnnounced> {
  const { incident_id } = incident;
  const told = await once(`announce ${incident_id} ${prompt}`, (op_id) => post("/incidents/{incident_id}/announce", { incident_id }, { op_id, prompt }));
  putIncident(desk, told.incident);
  return told;
}

export async function end(incident: IncidentView): Promise<void> {
  const { incident_id } = incident;
  putIncident(desk, (await once(`end ${incident_id}`, (op_id) => post("/incidents/{incident_id}/end", { incident_id }, { op_id }))).incident);
}

const NUMBERS = /^(?:digit|number|count|alarm|crew)-/;

/** Prompts that may be played to who waits: by name, without the single words of numbers. */
export async function announcements(): Promise<string[]> {
  const { prompts } = await get("/ivr/prompts");
  return [...new Set(prompts.map((one) => one.name))].filter((name) => !NUMBERS.test(name)).sort();
}
