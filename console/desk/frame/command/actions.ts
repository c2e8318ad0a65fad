/** What the person may do from anywhere, by name. */
import { computed, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";
import { useRouter } from "vue-router";
import { LANGUAGES, rememberLanguage, speak } from "@shared/language";
import { once, unlock } from "../../phone/ringer";
import { listOpen } from "../alarms/useAlarms";
import { useAgentState } from "../agent";
import { useSignOut } from "../leaving";
import { has, myRoles } from "../roles";
import { theme, THEMES } from "../theme";
import { listed } from "../workspaces";

export interface Entry {
  id: string;
  /** A heading, in words. */
  group: string;
  label: string;
  detail?: string | undefined;
  run: () => unknown;
}

export function useActions(): ComputedRef<Entry[]> {
  const { t, locale } = useI18n();
  const router = useRouter();
  const signOut = useSignOut();
  const { become, leaveQueue, inQueue } = useAgentState();
  const action = (id: string, label: string, run: () => unknown): Entry => ({ id, group: t("command.actions"), label, run });
  return computed(() => [
    ...listed(myRoles.value).map(({ name }) => ({
      id: `workspace ${name}`,
      group: t("workspaces.rail"),
      label: t(`workspaces.name.${name}`),
      detail: t(`workspaces.purpose.${name}`),
      run: () => router.push({ name }),
    })),
    ...(has("agent")
      ? [action("ready", t("agent.ready"), () => become("ready")), action("busy", t("agent.paused"), () => become("busy"))]
      : []),
    ...(has("agent") && inQueue.value ? [action("leave queue", t("agent.signOut"), leaveQueue)] : []),
    action("alarms", t("alarms.heading"), () => (listOpen.value = true)),
    action("sound", t("sound.test"), async () => {
      await unlock();
      once("ring");
    }),
    ...THEMES.filter((one) => one !== theme.value).map((one) => action(`theme ${one}`, t(`theme.${one}`), () => (theme.value = one))),
    ...LANGUAGES.filter((one) => one !== locale.value).map((one) =>
      action(`language ${one}`, t(`language.${one}`), () => {
        rememberLanguage(one);
        void speak(one);
      }),
    ),
    action("account", t("account.open"), () => router.push({ name: "account" })),
    action("sign out", t("signIn.out"), signOut),
  ]);
}
