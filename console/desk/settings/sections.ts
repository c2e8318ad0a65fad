/** The sections of Settings: name (its address and the key of its words), who has it, what it shows. */
import type { Component } from "vue";
import type { Role } from "@shared/contracts/core";
import ApprovalsPage from "./approvals/ApprovalsPage.vue";
import AuditPage from "./audit/AuditPage.vue";

export interface Section {
  name: string;
  roles: readonly Role[];
  component: Component;
}

export const sections: readonly Section[] = [
  { name: "approvals", roles: ["supervisor", "admin"], component: ApprovalsPage },
  { name: "audit", roles: ["supervisor", "admin"], component: AuditPage },
];
