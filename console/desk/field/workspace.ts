/** Field: cases that wait for a crew, units, emergencies, the map, talkgroups. */
import type { FoundThing, Workspace } from "../frame/workspace";
import { firstLanguage } from "@shared/language";
import { get } from "@shared/http";
import { isMeant } from "../frame/command/matching";
import { desk } from "../live/desk";
import { unassigned } from "./board/queue";

const page = () => import("./FieldWorkspace.vue");

/** The case that is open on the board may be given to each unit that the words mean. */
function orders(words: string): FoundThing[] {
  const filed = desk.cases[/\/field\/cases\/([\w-]+)/.exec(location.pathname)?.[1] ?? ""];
  if (filed?.state !== "filed") return [];
  const verb = firstLanguage() === "zh" ? "派单" : "Dispatch";
  const meant = words.replace(/^(派单?|dispatch)\s*/iu, "");
  return Object.values(desk.units)
    .filter((unit) => meant !== "" && isMeant(meant, unit.name, unit.unit_id))
    .map((unit) => ({
      id: `dispatch ${unit.unit_id}`,
      label: `${verb} ${filed.number} → ${unit.name}`,
      detail: unit.unit_id,
      to: { name: "field-case", params: { caseId: filed.case_id }, query: { unit: unit.unit_id } },
    }));
}

export const field: Workspace = {
  name: "field",
  roles: ["dispatcher", "supervisor"],
  icon: "M12 21s7-6.2 7-11.5a7 7 0 0 0-14 0C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  routes: [
    { path: "/field", name: "field", component: page },
    { path: "/field/cases/:caseId", name: "field-case", component: page },
    { path: "/field/units", name: "units", component: page },
    { path: "/field/units/:unitId", name: "unit", component: page },
    { path: "/field/emergencies", name: "emergencies", component: page },
    { path: "/field/emergencies/:alarmId", name: "emergency", component: page },
    { path: "/field/map", name: "field-map", component: page },
    { path: "/field/patches", name: "field-patches", component: page },
    { path: "/field/patches/:importId", name: "field-patches-of", component: page },
    { path: "/field/talkgroups", name: "talkgroups", component: page },
    { path: "/field/talkgroups/:tgId", name: "talkgroup", component: page },
  ],
  find: async (words) => [
    ...Object.values(desk.units)
      .filter((unit) => isMeant(words, unit.name, unit.unit_id))
      .map((unit) => ({ id: unit.unit_id, label: unit.name, detail: unit.unit_id, to: { name: "unit", params: { unitId: unit.unit_id } } })),
    ...orders(words),
    ...(await get("/talkgroups")).talkgroups
      .filter((group) => isMeant(words, group.name_zh, group.name_en, group.tg_id))
      .map((group) => ({
        id: group.tg_id,
        label: firstLanguage() === "zh" ? group.name_zh : group.name_en,
        detail: group.tg_id,
        to: { name: "talkgroup", params: { tgId: group.tg_id } },
      })),
  ],
  waiting: () => Object.values(desk.emergencies).filter((one) => one.state === "raised").length + unassigned(Object.values(desk.cases)).length,
};
