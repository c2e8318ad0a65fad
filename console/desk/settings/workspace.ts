/** Settings: what administrators and supervisors change, decide and look up. */
import type { Workspace } from "../frame/workspace";
import { alsoIn } from "@shared/language";
import { desk } from "../live/desk";

/** With its words, which nobody else needs. */
async function page() {
  const [workspace, words] = await Promise.all([import("./SettingsWorkspace.vue"), import("../words/zh/settings")]);
  alsoIn("zh", words.settings);
  return workspace;
}

export const settings: Workspace = {
  name: "settings",
  roles: ["supervisor", "admin"],
  icon: "M4 7h9M17 7h3M15 9V5M4 12h3M11 12h9M9 14v-4M4 17h9M17 17h3M15 19v-4",
  routes: [
    { path: "/settings", name: "settings", component: page },
    { path: "/settings/:section", name: "section", component: page },
  ],
  waiting: (me) => Object.values(desk.rights).filter((one) => one.kind === "waiting" && one.who !== me).length,
};
