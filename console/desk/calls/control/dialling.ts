/** Calls that the agent places: the own telephone rings first, then the citizen's or the colleague's. */
import { computed, ref } from "vue";
import { useI18n } from "vue-i18n";
import type { Acted, AgentView } from "@shared/contracts/hotline";
import { tell, useReasons } from "../../frame/notices";
import { has, myId } from "../../frame/roles";
import { expectRing, stopExpecting } from "../../phone/expected";
import { talking } from "../selection";
import { placeCall, placeCallTo } from "./acts";
import { numberIn } from "./targets";

/** The number that this person dialled last in this tab, by person. */
const last = ref<Record<string, string>>({});

export function useDialling() {
  const { t } = useI18n();
  const why = useReasons();
  /** One talks with one citizen at a time; who is on the phone consults or transfers instead. */
  const mayDial = computed(() => has("agent", "supervisor") && talking.value === null);
  const redial = computed(() => last.value[myId.value] ?? "");

  /** Whether the telephone rings for it. */
  async function place(what: string, send: () => Promise<Acted>): Promise<boolean> {
    if (!mayDial.value) return false;
    expectRing();
    try {
      const { outcome } = await send();
      if (outcome === "done") return true;
      tell(t(outcome === "uncertain" ? "control.uncertain" : "control.notPlaced", { what }));
    } catch (problem) {
      tell(t("control.refused", { what, why: why(problem) }));
    }
    stopExpecting();
    return false;
  }

  async function dial(words: string): Promise<boolean> {
    const number = numberIn(words);
    if (number === null) return false;
    last.value[myId.value] = number;
    return place(t("dial.to", { number }), () => placeCall(number));
  }

  const dialColleague = (one: AgentView): Promise<boolean> => place(t("dial.to", { number: one.name }), () => placeCallTo(one.agent_id));

  return { mayDial, redial, dial, dialColleague };
}
