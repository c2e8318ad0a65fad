/** Each view has an address below /desk/, which may be reloaded and sent to a colleague. */
import { createRouter, createWebHistory, type Router, type RouterHistory, type RouteRecordRaw } from "vue-router";
import HomePage from "./HomePage.vue";
import UnknownPage from "./UnknownPage.vue";
import { workspaces } from "./workspaces";

export const routes: RouteRecordRaw[] = [
  { path: "/", name: "home", component: HomePage },
  ...workspaces.flatMap(({ name, routes: own }) => own.map((route) => ({ ...route, meta: { ...route.meta, workspace: name } }))),
  { path: "/account", name: "account", component: () => import("../account/AccountPage.vue") },
  { path: "/:rest(.*)*", name: "unknown", component: UnknownPage },
];

export const makeRouter = (history: RouterHistory = createWebHistory("/desk/")): Router => createRouter({ history, routes });
