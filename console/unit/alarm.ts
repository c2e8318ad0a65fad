/** The crew's emergency alarm on this device. Changes the kept values it is given. */
import type { Command } from "@shared/contracts/field";
import { isOpen, type Alarm, type Ids, type Kept, type TerminalFix } from "./kept";

/** How often it is said until a person has answered. */
export const REPEAT_MS = 2000;
const MOST_SAID = 20;

/** Nobody has answered yet: it is said again and again. */
export const isCalling = (alarm: Alarm | null): alarm is Alarm => alarm?.state === "calling" || alarm?.state === "heard";

/** The button was held: a new alarm, or the one that is not answered yet. */
export function raiseAlarm(kept: Kept, ids: Ids): Alarm {
  if (isCalling(kept.alarm)) return kept.alarm;
  kept.alarm = {
    alarm_id: ids.id(),
    raised_at: ids.now(),
    state: "calling",
    repeat: 0,
    said: [],
    by: "",
    note: "",
  };
  return kept.alarm;
}

/** The next message of an unanswered alarm, with the next number; null when there is none. */
export function sayAlarm(kept: Kept, ids: Ids, fix: TerminalFix | null): string | null {
  if (!isCalling(kept.alarm)) return null;
  kept.up_seq += 1;
  const msg_id = ids.id();
  const alarm = { ...kept.alarm, repeat: kept.alarm.repeat + 1, said: [...kept.alarm.said, msg_id].slice(-MOST_SAID) };
  kept.alarm = alarm;
  const job = kept.jobs.find((one) => isOpen(one) && one.step !== "delivered" && one.step !== "displayed");
  return JSON.stringify({
    msg_id,
    seq: kept.up_seq,
    ts: ids.now(),
    schema: "unit.emergency/1",
    alarm_id: alarm.alarm_id,
    repeat: alarm.repeat,
    raised_at: alarm.raised_at,
    ...(job ? { dispatch_id: job.body.dispatch_id } : {}),
    ...(fix ? { fix } : {}),
  });
}

/** The centre's receipt, or what a person did about it. An answer to an older alarm changes nothing. */
export function answered(kept: Kept, command: Command): void {
  const alarm = kept.alarm;
  if (alarm === null) return;
  if (command.cmd === "receipt") {
    if (alarm.state === "calling" && command.of !== null && alarm.said.includes(command.of)) {
      kept.alarm = { ...alarm, state: "heard" };
    }
    return;
  }
  if (command.alarm_id !== alarm.alarm_id || alarm.state === "cleared") return;
  if (command.cmd === "acknowledge") kept.alarm = { ...alarm, state: "acknowledged", by: command.by ?? "" };
  if (command.cmd === "clear") {
    kept.alarm = { ...alarm, state: "cleared", by: command.by ?? "", note: command.reason ?? "" };
  }
}
