/** An alarm in words, for the strip, the list, the title and readers of the screen. */
import { useI18n } from "vue-i18n";
import { desk } from "../../live/desk";
import type { Alarm } from "./alarms";

export function useAlarmWords(): (alarm: Alarm) => string {
  const { t, te } = useI18n();
  const named = (act: string): string => (te(`approvals.acts.${act}`) ? t(`approvals.acts.${act}`) : act);
  const who = (agentId: string): string => desk.agents[agentId]?.name ?? agentId;
  return ({ kind, id }) => {
    switch (kind) {
      case "emergency": {
        const one = desk.emergencies[id];
        return one ? `${t(`emergency.kind.${one.kind}`)} ${desk.units[one.unit_id]?.name ?? one.unit_id}` : "";
      }
      case "danger": {
        const draft = desk.drafts[id];
        const number = draft?.alarms.find((one) => !one.dismissed)?.number ?? "";
        return t("alarms.danger", { number, caller: (draft?.call_id && desk.calls[draft.call_id]?.caller) || t("ring.hidden") });
      }
      case "help":
        return t("help.asks", { who: who(desk.calls[id]?.help?.asked_by ?? "") });
      case "attack":
        return desk.attacks[id]?.code ? t("attack.code") : t("attack.heading");
      case "rights": {
        const one = desk.rights[id];
        return one ? t(`rightsBar.kinds.${one.kind}`, { number: one.number, act: named(one.act), who: one.who }) : "";
      }
      case "phone":
        return `${t("phone.label")}：${t(`phone.${id}`)}`;
    }
  };
}
