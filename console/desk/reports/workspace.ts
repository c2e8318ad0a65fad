/** Reports: figures of calls, agents, queues and cases over time. */
import type { Workspace } from "../frame/workspace";

const page = () => import("./ReportsWorkspace.vue");

export const reports: Workspace = {
  name: "reports",
  roles: ["supervisor", "admin"],
  icon: "M4 20h16M7 20v-7M12 20V5M17 20v-10",
  routes: [
    { path: "/reports", name: "reports", component: page },
    { path: "/reports/:report", name: "report", component: page },
  ],
  unlisted: true,
};
