/** Which call the desk is about. It follows the agent's own calls, but never away from under typing hands. */
import { computed, ref, watch } from "vue";
import type { Call, Disposition } from "@shared/contracts";
import { get, Refused } from "@shared/http";
import { desk, session } from "../live/desk";
import { putCall, type DeskCall } from "../live/state";

const chosen = ref<string | null>(null);
const me = () => session.value?.user.id ?? "";

export const isMine = (call: DeskCall): boolean =>
  call.agent_ids.includes(me()) || call.rang.includes(me()) || call.legs.some((leg) => leg.agent_id === me());

const ringsMe = (call: DeskCall): boolean =>
  call.state === "ringing" &&
  (call.rang.includes(me()) || call.legs.some((leg) => leg.agent_id === me() && leg.state !== "up"));

const talksWithMe = (call: DeskCall): boolean =>
  ["talking", "hold", "transferring"].includes(call.state) &&
  (call.legs.length ? call.legs.some((leg) => leg.agent_id === me() && leg.state === "up") : isMine(call));

export const calls = computed(() => Object.values(desk.calls).sort((a, b) => (a.since < b.since ? 1 : -1)));
export const liveCalls = computed(() => calls.value.filter((call) => call.state !== "ended"));
export const ringing = computed(() => calls.value.filter(ringsMe));
export const talking = computed(() => calls.value.find(talksWithMe) ?? null);
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
        putCall(desk, await get<Call>(`/calls/${callId}`));
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
watch([ringing, talking], ([rings, talk], [, talkedBefore]) => {
  const hands = document.activeElement?.closest("[data-form]") !== null && document.activeElement !== null;
  if (talk && talk.call_id !== talkedBefore?.call_id) {
    if (!hands || selected.value === null || selected.value.disposition !== null) select(talk.call_id);
    return;
  }
  const free = selected.value === null || (selected.value.state === "ended" && selected.value.disposition !== null);
  if (rings[0] && free && !hands) select(rings[0].call_id);
});

export function recorded(callId: string, disposition: Disposition): void {
  const call = desk.calls[callId];
  if (call) call.disposition = disposition;
}
