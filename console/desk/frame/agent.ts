/** The own state in the queue: what it is, and how it is changed. */
import { computed, shallowRef, watch } from "vue";
import { useI18n } from "vue-i18n";
import type { ReasonCode } from "@shared/contracts/hotline";
import { get, post, Refused } from "@shared/http";
import { desk } from "../live/desk";
import { unlock } from "../phone/ringer";
import { phone } from "../phone/softphone";
import { tell, useReasons } from "./notices";
import { myId } from "./roles";

const codes = shallowRef<readonly ReasonCode[]>([]);

export function useAgentState() {
  const { t, te, locale } = useI18n();
  const why = useReasons();
  const me = computed(() => desk.agents[myId.value]);
  const inQueue = computed(() => me.value !== undefined && me.value.state !== "signed_out");
  /** Busy, at rest or in study: the queue does not ring. */
  const closed = computed(() => ["busy", "rest", "study"].includes(me.value?.state ?? ""));
  const word = computed(() => {
    const key = `agent.state.${me.value?.state ?? "signed_out"}`;
    return te(key) ? t(key) : t("agent.state.unknown");
  });
  const reason = computed(() => {
    const code = me.value?.reason ?? "";
    const known = codes.value.find((one) => one.code === code);
    return known ? (locale.value === "zh" ? known.zh : known.en) : code;
  });

  /** The codes have their words where they are configured; asked for when one is to be shown. */
  watch(
    () => me.value?.reason,
    async (code) => {
      if (!code || codes.value.length) return;
      try {
        const { reasons, own } = await get("/agents/reasons");
        codes.value = [...reasons, ...own];
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
      }
    },
    { immediate: true },
  );

  async function attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (problem) {
      tell(`${t("agent.label")}: ${why(problem)}`);
    }
  }

  const become = (state: "ready" | "busy") => {
    void unlock();
    return attempt(async () => {
      if (!inQueue.value) await post("/agents/me/sign-in", {}, phone.endpoint ? { endpoint: phone.endpoint } : {});
      await post("/agents/me/state", {}, { state });
    });
  };
  const leaveQueue = () => attempt(() => post("/agents/me/sign-out"));

  return { me, inQueue, closed, word, reason, become, leaveQueue };
}
