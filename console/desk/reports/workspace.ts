/** Reports: figures of calls by queue and by agent over time, and the calls behind them. */
import type { Workspace } from "../frame/workspace";

const page = () => import("./ReportsWorkspace.vue");

export const reports: Workspace = {
  name: "reports",
  roles: ["supervisor"],
  icon: "M4 20h16M7 20v-7M12 20V5M17 20v-10",
  routes: [
    { path: "/reports", name: "reports", component: page },
    { path: "/reports/:report", name: "report", component: page },
  ],
};
