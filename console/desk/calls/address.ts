/** The call that the desk is about and the address of the Calls workspace say the same. */
import { computed, ref, watch, type Ref } from "vue";
import { useRoute, useRouter } from "vue-router";
import { get, Refused } from "@shared/http";
import { param } from "../frame/existing";
import { desk } from "../live/desk";
import { putCall } from "../live/state";
import { select, selected } from "./selection";

/** Whether the address names a call that is not there for this person. */
export function useCallAddress(): Ref<boolean> {
  const route = useRoute();
  const router = useRouter();
  const missing = ref(false);
  const here = computed(() => route.meta.workspace === "calls");
  const asked = computed(() => (route.name === "call" ? param(route.params.callId) : undefined));

  async function show(callId: string): Promise<void> {
    if (!desk.calls[callId]) {
      try {
        putCall(desk, await get("/calls/{call_id}", { call_id: callId }));
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        if (asked.value === callId) missing.value = true;
        return;
      }
    }
    if (asked.value === callId) select(callId);
  }

  watch(
    asked,
    (callId) => {
      missing.value = false;
      if (callId && callId !== selected.value?.call_id) void show(callId);
    },
    { immediate: true },
  );
  watch(
    [here, () => selected.value?.call_id],
    ([there, callId], [, before]) => {
      if (!there || !callId || callId === asked.value) return;
      if (callId !== before || route.name === "calls") void router.replace({ name: "call", params: { callId } });
    },
    { immediate: true },
  );
  return missing;
}
