/** Calls that the agent places: the own telephone rings first, then the citizen's. */
import { computed } from "vue";
import { useI18n } from "vue-i18n";
import { tell, useReasons } from "../../frame/notices";
import { has } from "../../frame/roles";
import { expectRing, stopExpecting } from "../../phone/expected";
import { talking } from "../selection";
import { placeCall } from "./acts";
import { numberIn } from "./targets";

export function useDialling() {
  const { t } = useI18n();
  const why = useReasons();
  /** One talks with one citizen at a time; who is on the phone consults or transfers instead. */
  const mayDial = computed(() => has("agent", "supervisor") && talking.value === null);

  /** Whether the telephone rings for it. */
  async function dial(words: string): Promise<boolean> {
    const number = numberIn(words);
    if (number === null || !mayDial.value) return false;
    const what = t("dial.to", { number });
    expectRing();
    try {
      const { outcome } = await placeCall(number);
      if (outcome === "done") return true;
      tell(t(outcome === "uncertain" ? "control.uncertain" : "control.notPlaced", { what }));
    } catch (problem) {
      tell(t("control.refused", { what, why: why(problem) }));
    }
    stopExpecting();
    return false;
  }

  return { mayDial, dial };
}
