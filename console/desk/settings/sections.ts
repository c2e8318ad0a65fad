/** The sections of Settings: name (its address and the key of its words), who has it, what it shows. */
import type { Component } from "vue";
import type { Role } from "@shared/contracts/core";
import ApprovalsPage from "./approvals/ApprovalsPage.vue";
import AuditPage from "./audit/AuditPage.vue";
import ClassifiersPage from "./classifiers/ClassifiersPage.vue";
import FlowsPage from "./flows/FlowsPage.vue";
import LookupPage from "./lookup/LookupPage.vue";
import PeoplePage from "./people/PeoplePage.vue";
import PromptsPage from "./prompts/PromptsPage.vue";
import StatusesPage from "./statuses/StatusesPage.vue";
import TalkgroupsPage from "./talkgroups/TalkgroupsPage.vue";
import TokensPage from "./tokens/TokensPage.vue";
import UnitsPage from "./units/UnitsPage.vue";

export interface Section {
  name: string;
  roles: readonly Role[];
  component: Component;
}

export const sections: readonly Section[] = [
  { name: "people", roles: ["admin"], component: PeoplePage },
  { name: "units", roles: ["supervisor", "admin"], component: UnitsPage },
  { name: "talkgroups", roles: ["supervisor", "admin"], component: TalkgroupsPage },
  { name: "flows", roles: ["supervisor", "admin"], component: FlowsPage },
  { name: "prompts", roles: ["supervisor", "admin"], component: PromptsPage },
  { name: "statuses", roles: ["supervisor", "admin"], component: StatusesPage },
  { name: "classifiers", roles: ["admin"], component: ClassifiersPage },
  { name: "catalogue", roles: ["supervisor", "admin"], component: LookupPage },
  { name: "tokens", roles: ["admin"], component: TokensPage },
  { name: "approvals", roles: ["supervisor", "admin"], component: ApprovalsPage },
  { name: "audit", roles: ["supervisor", "admin"], component: AuditPage },
];
