/** Acceptance: what units call done is checked, and closed or sent back. */
import type { Workspace } from "../frame/workspace";
import { desk } from "../live/desk";

const page = () => import("./AcceptanceWorkspace.vue");

export const acceptance: Workspace = {
  name: "acceptance",
  roles: ["acceptor"],
  icon: "M4 12.5l5 5L20 6.5",
  routes: [
    { path: "/acceptance", name: "acceptance", component: page },
    { path: "/acceptance/:caseId", name: "accept", component: page },
  ],
  waiting: () => Object.values(desk.cases).filter((one) => one.state === "done" || one.state === "verified").length,
};
