/** The sections of Settings: name (its address and the key of its words), who has it, what it shows. */
import type { Component } from "vue";
import type { Role } from "@shared/contracts/core";
import ApprovalsPage from "./approvals/ApprovalsPage.vue";
import AuditPage from "./audit/AuditPage.vue";
import ClassifiersPage from "./classifiers/ClassifiersPage.vue";
import ChangingPage from "./changing/ChangingPage.vue";
import DeliveriesPage from "./deliveries/DeliveriesPage.vue";
import FeedsPage from "./feeds/FeedsPage.vue";
import FlowsPage from "./flows/FlowsPage.vue";
import GridPage from "./grid/GridPage.vue";
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
  /** What the component is given. */
  props?: Record<string, string>;
}

const changing = (name: string, ...roles: Role[]): Section => ({ name, roles, component: ChangingPage, props: { name } });

export const sections: readonly Section[] = [
  { name: "people", roles: ["admin"], component: PeoplePage },
  changing("queues", "supervisor", "admin"),
  changing("agent-work", "supervisor", "admin"),
  changing("opening-hours", "supervisor", "admin"),
  changing("citizen-messages", "supervisor", "admin"),
  changing("follow-up", "supervisor", "admin"),
  { name: "units", roles: ["supervisor", "admin"], component: UnitsPage },
  { name: "talkgroups", roles: ["supervisor", "admin"], component: TalkgroupsPage },
  { name: "flows", roles: ["supervisor", "admin"], component: FlowsPage },
  { name: "prompts", roles: ["supervisor", "admin"], component: PromptsPage },
  { name: "statuses", roles: ["supervisor", "admin"], component: StatusesPage },
  { name: "classifiers", roles: ["admin"], component: ClassifiersPage },
  { name: "catalogue", roles: ["supervisor", "admin"], component: LookupPage },
  changing("places", "supervisor", "admin"),
  { name: "grid", roles: ["supervisor", "admin"], component: GridPage },
  changing("beats", "supervisor", "admin"),
  changing("shifts", "supervisor", "admin"),
  changing("duty-times", "supervisor", "admin"),
  changing("emergency-plans", "supervisor", "admin"),
  changing("departments", "supervisor", "admin"),
  changing("exchange", "supervisor", "admin"),
  { name: "deliveries", roles: ["admin"], component: DeliveriesPage },
  { name: "feeds", roles: ["supervisor", "admin"], component: FeedsPage },
  changing("trunk-limits", "supervisor", "admin"),
  changing("retention", "supervisor", "admin"),
  { name: "tokens", roles: ["admin"], component: TokensPage },
  { name: "approvals", roles: ["supervisor", "admin"], component: ApprovalsPage },
  { name: "audit", roles: ["supervisor", "admin"], component: AuditPage },
];
