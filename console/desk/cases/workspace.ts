/** Cases: find one, and read all that is known of it. */
import { firstLanguage } from "@shared/language";
import { get } from "@shared/http";
import { has } from "../frame/roles";
import type { Workspace } from "../frame/workspace";
import { desk } from "../live/desk";

const page = () => import("./CasesWorkspace.vue");

export const cases: Workspace = {
  name: "cases",
  roles: ["agent", "supervisor", "dispatcher", "acceptor", "admin"],
  icon: "M4 5h16v15H4zM8 3v4M16 3v4M8 11h8M8 15h5",
  routes: [
    { path: "/cases", name: "cases", component: page },
    { path: "/cases/received", name: "received", component: page },
    { path: "/cases/received/:draftId", name: "received-report", component: page },
    { path: "/cases/follow-ups", name: "follow-ups", component: page },
    { path: "/cases/paper", name: "paper-case", component: page },
    { path: "/cases/superior", name: "superior-case", component: page },
    { path: "/cases/:caseId", name: "case", component: page },
  ],
  waiting: () => (has("agent", "supervisor") ? desk.reportsWaiting : 0),
  find: async (words) =>
    (await get("/cases", { q: words })).cases.map((one) => ({
      id: one.case_id,
      label: one.number,
      detail: [firstLanguage() === "zh" ? one.category_name : one.category_name_en, one.district_name, one.address].filter(Boolean).join(" · "),
      to: { name: "case", params: { caseId: one.case_id } },
    })),
  shared: true,
};
