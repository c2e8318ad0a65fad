/** A department's desk: the cases that its departments have, and what it does about them. */
import type { Workspace } from "../frame/workspace";
import { waitingHere } from "./waiting";

const page = () => import("./DepartmentWorkspace.vue");

export const department: Workspace = {
  name: "department",
  roles: ["department"],
  icon: "M4 20V9l8-5 8 5v11M9 20v-6h6v6M4 20h16",
  routes: [
    { path: "/department", name: "department", component: page },
    { path: "/department/:assignmentId", name: "assignment", component: page },
  ],
  waiting: () => waitingHere.value,
};
