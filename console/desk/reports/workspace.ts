/** Reports: figures of calls and agents over time, the evaluation of cases, and what is behind them. */
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
};
