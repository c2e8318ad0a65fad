/** Which call the desk is about. It follows the agent's own calls, but never away from under typing hands. */
import { computed, ref, watch } from "vue";
import type { DispositionKind } from "@shared/contracts/hotline";
import { get, Refused } from "@shared/http";
import { desk, session } from "../live/desk";
import { putCall, type DeskCall } from "../live/state";
import { belongsTo, inHandOf, letGo, rings } from "./whose";

const chosen = ref<string | null>(null);
const me = () => session.value?.user.id ?? "";

export const isMine = (call: DeskCall): boolean => belongsTo(call, me());

export const calls = computed(() => Object.values(desk.calls).sort((a, b) => (a.since < b.since ? 1 : -1)));
export const liveCalls = computed(() => calls.value.filter((call) => call.state !== "ended"));
export const ringing = computed(() => calls.value.filter((call) => rings(call, me())));
export const talking = computed(() => calls.value.find((call) => inHandOf(call, me())) ?? null);
/** My calls that ended and have no outcome yet; the gateway's list, and what this page saw end itself. */
export const owed = computed(() => {
  const listed = desk.agents[me()]?.owed ?? [];
  return calls.value.filter(
    (call) =>
      call.state === "ended" &&
      call.disposition === null &&
      (listed.includes(call.call_id) || (call.disposition_needed && isMine(call))),
  );
});

/** After a reload the gateway still lists what this page has never seen. */
watch(
  () => desk.agents[me()]?.owed ?? [],
  async (listed) => {
    for (const callId of listed) {
      if (desk.calls[callId]) continue;
      try {
        putCall(desk, await get("/calls/{call_id}", { call_id: callId }));
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
      }
    }
  },
);

export const selected = computed<DeskCall | null>(() => (chosen.value ? (desk.calls[chosen.value] ?? null) : null));

export function select(callId: string | null): void {
  chosen.value = callId;
}

/** The ring may be looked at when nothing else is in hand; the answer is the agent's own act. */
watch([ringing, talking], ([rung, talk], [, talkedBefore]) => {
  const hands = document.activeElement?.closest("[data-form]") !== null && document.activeElement !== null;
  if (talk && talk.call_id !== talkedBefore?.call_id) {
    if (!hands || selected.value === null || selected.value.disposition !== null) select(talk.call_id);
    return;
  }
  const free = selected.value === null || letGo(selected.value);
  if (rung[0] && free && !hands) select(rung[0].call_id);
});

/** The call to which the desk went on by itself when the outcome of the one before was recorded: it is said there. */
export const moved = ref<string | null>(null);

/** By whose press a call is about an open case: the outcome form takes it over. */
export const aboutCase = ref<{ callId: string; caseId: string } | null>(null);

/** The outcome is recorded: what the agent has in hand meanwhile, or what rings, is next. */
watch(
  () => selected.value !== null && letGo(selected.value),
  (done) => {
    const next = talking.value ?? ringing.value[0] ?? owed.value[0];
    if (!done || !next || next.call_id === chosen.value) return;
    moved.value = next.call_id;
    select(next.call_id);
  },
);

export function recorded(callId: string, disposition: DispositionKind): void {
  const call = desk.calls[callId];
  if (call) call.disposition = disposition;
}
