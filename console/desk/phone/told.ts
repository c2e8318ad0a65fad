/** What has happened to the agent's own work without his asking: told as a notice, which never takes the focus. */
import { watch } from "vue";
import { useI18n } from "vue-i18n";
import { farNumber } from "../calls/whose";
import { myId } from "../frame/roles";
import { desk } from "../live/desk";
import { tell } from "../frame/notices";

/** For the life of the component that calls it. */
export function useToldOfOwnWork(): void {
  const { t } = useI18n();
  watch(
    () => desk.stateSet,
    (set) => {
      if (set === null) return;
      const state = t(`agent.state.${set.state}`);
      tell(t(`agent.setBecause.${set.cause}`, { state, n: set.missed, by: set.by }));
    },
  );
  watch(
    () => desk.cutOff,
    (ended) => {
      if (ended === null || !ended.agent_ids.includes(myId.value)) return;
      const call = desk.calls[ended.call_id];
      tell(t(ended.phone_lost ? "callback.phoneLost" : "callback.cutOff", { number: (call && farNumber(call)) || t("ring.hidden") }));
    },
  );
  watch(
    () => desk.filedMeanwhile,
    (filed) => {
      if (filed !== null) tell(t("draft.filedMeanwhile", { who: filed.by_name, number: filed.number }));
    },
  );
  watch(
    () => desk.callbackFailed,
    (failed) => {
      if (failed === null) return;
      const outcome = t(`callback.outcome.${failed.outcome}`);
      tell(t(failed.due === null ? "callback.failedLast" : "callback.failed", { number: failed.number, outcome }));
    },
  );
}
