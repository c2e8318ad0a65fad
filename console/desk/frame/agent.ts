/** The own state in the queue: what it is, and how it is changed. */
import { computed, shallowRef, watch } from "vue";
import { useI18n } from "vue-i18n";
import type { ReasonCode } from "@shared/contracts/hotline";
import { get, post, Refused } from "@shared/http";
import { desk } from "../live/desk";
import { unlock } from "../phone/ringer";
import { phone } from "../phone/softphone";
import { tell, useReasons } from "./notices";
import { once } from "./once";
import { myId } from "./roles";

type Chosen = "ready" | ReasonCode["state"];

const codes = shallowRef<readonly ReasonCode[]>([]);
/** Codes that only the ledger itself gives. */
const ofLedger = shallowRef<ReadonlySet<string>>(new Set());

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

  /** The codes have their words where they are configured; asked for once the agent is in the queue. */
  watch(
    inQueue,
    async (here) => {
      if (!here || codes.value.length) return;
      try {
        const { reasons, own } = await get("/agents/reasons");
        codes.value = [...reasons, ...own];
        ofLedger.value = new Set(own.map((one) => one.code));
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

  const become = (state: Chosen, reason = "") => {
    void unlock();
    return attempt(async () => {
      if (!inQueue.value) await post("/agents/me/sign-in", {}, phone.endpoint ? { endpoint: phone.endpoint } : {});
      await post("/agents/me/state", {}, reason ? { state, reason } : { state });
    });
  };
  /** What the agent may choose: a state of rest, study or work beside the queue, with its reason. */
  const choices = computed(() => codes.value.filter((one) => !one.forced && !ofLedger.value.has(one.code)));
  const longer = (seconds: number) => attempt(() => once("longer wrap-up", (op_id) => post("/agents/me/wrap-up/extend", {}, { op_id, seconds })));
  /** Why the state is as it is, where the agent did not ask for it; and what comes after the call. */
  const because = computed(() => {
    const one = me.value;
    if (!one || !inQueue.value) return "";
    const next = one.next_state && te(`agent.state.${one.next_state}`) ? t("agent.next", { state: t(`agent.state.${one.next_state}`) }) : "";
    return [one.cause ? t(`agent.cause.${one.cause}`) : "", next].filter(Boolean).join(" · ");
  });
  const leaveQueue = () => attempt(() => post("/agents/me/sign-out"));

  return { me, inQueue, closed, word, reason, because, choices, become, longer, leaveQueue };
}
