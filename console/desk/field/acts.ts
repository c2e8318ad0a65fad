/** What a dispatcher does: each act happens once, however often its answer is lost. */
import { post } from "@shared/http";
import { once } from "../frame/once";
import { desk } from "../live/desk";
import { putEmergency } from "../frame/alarms/emergencies";
import { putDispatch } from "../live/state";

export async function dispatch(case_id: string, unit_id: string): Promise<void> {
  putDispatch(desk, await once(`dispatch ${case_id} ${unit_id}`, (op_id) => post("/cases/{case_id}/dispatch", { case_id }, { op_id, unit_id })));
}

/** The crew that has it keeps it until the other one has accepted; `at_once`: it has it no more. */
export async function reassign(dispatch_id: string, unit_id: string, reason: string, at_once: boolean): Promise<void> {
  const act = `reassign ${dispatch_id} ${unit_id} ${at_once} ${reason}`;
  putDispatch(desk, await once(act, (op_id) => post("/dispatches/{dispatch_id}/reassign", { dispatch_id }, { op_id, unit_id, reason, at_once })));
}

export async function recall(dispatch_id: string, reason: string): Promise<void> {
  putDispatch(desk, await once(`recall ${dispatch_id} ${reason}`, (op_id) => post("/dispatches/{dispatch_id}/recall", { dispatch_id }, { op_id, reason })));
}

/** The centre rings the crew's telephone, then the citizen's. */
export const connectCrew = (dispatch_id: string) =>
  once(`talk ${dispatch_id}`, (op_id) => post("/dispatches/{dispatch_id}/talk", { dispatch_id }, { op_id }));

export async function acknowledge(alarm_id: string): Promise<void> {
  const told = await once(`acknowledge ${alarm_id}`, (op_id) => post("/emergencies/{alarm_id}/acknowledge", { alarm_id }, { op_id }));
  putEmergency(desk.emergencies, told);
}

export async function clear(alarm_id: string, note: string, false_alarm: boolean): Promise<void> {
  const act = `clear ${alarm_id} ${false_alarm} ${note}`;
  putEmergency(desk.emergencies, await once(act, (op_id) => post("/emergencies/{alarm_id}/clear", { alarm_id }, { op_id, note, false_alarm })));
}

export const patchCall = (talkgroup: string, call_id: string) =>
  once(`patch ${talkgroup} ${call_id}`, (op_id) => post("/patches", {}, { op_id, talkgroup, call_id, keying: "voice" }));

export const patchGroup = (talkgroup: string, other: string) =>
  once(`patch ${talkgroup} ${other}`, (op_id) => post("/patches", {}, { op_id, talkgroup, other }));

export const patchKey = (talkgroup: string, down: boolean) => post("/patches/{talkgroup}/key", { talkgroup }, { down });

export const endPatch = (talkgroup: string) =>
  once(`unpatch ${talkgroup}`, (op_id) => post("/patches/{talkgroup}/end", { talkgroup }, { op_id }));

export const openIncident = (case_id: string, name_zh: string, name_en: string, units: string[]) =>
  once(`incident ${case_id} ${name_zh} ${units.join()}`, (op_id) => post("/talkgroups/incident", {}, { op_id, case_id, name_zh, name_en, units }));
