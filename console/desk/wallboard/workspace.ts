/** Wallboard: the figures of the room on a screen that is read from afar. */
import type { Workspace } from "../frame/workspace";

const page = () => import("./WallboardWorkspace.vue");

export const wallboard: Workspace = {
  name: "wallboard",
  roles: ["supervisor", "dispatcher"],
  icon: "M3 4h18v12H3zM8 20h8M12 16v4M7 12V9M12 12V7M17 12v-2",
  routes: [{ path: "/wallboard", name: "wallboard", component: page }],
  alone: true,
};
