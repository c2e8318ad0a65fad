/** Supervision: agents, queues, who waits, calls to join; recordings, numbers that are turned away, legal holds. */
import type { Workspace } from "../frame/workspace";
import { desk } from "../live/desk";

const page = () => import("./SupervisionWorkspace.vue");

export const supervision: Workspace = {
  name: "supervision",
  roles: ["supervisor"],
  icon: "M3 18v-2a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4v2M9 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 4a3 3 0 0 1 0 5.5M18 12.5a4 4 0 0 1 3 3.5v2",
  routes: [
    { path: "/supervision", name: "supervision", component: page },
    { path: "/supervision/:section", name: "supervision-section", component: page },
    { path: "/supervision/recordings/:callId", name: "record", component: page },
  ],
  waiting: () => Object.values(desk.calls).filter((call) => call.state !== "ended" && call.help && !call.help.accepted_by).length,
};
