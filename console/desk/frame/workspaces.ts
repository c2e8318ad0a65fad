/** Every workspace, in the order of the rail, and which of them a person has. */
import type { Role } from "@shared/contracts/core";
import { acceptance } from "../acceptance/workspace";
import { calls } from "../calls/workspace";
import { cases } from "../cases/workspace";
import { department } from "../department/workspace";
import { field } from "../field/workspace";
import { knowledge } from "../knowledge/workspace";
import { reports } from "../reports/workspace";
import { settings } from "../settings/workspace";
import { supervision } from "../supervision/workspace";
import { wallboard } from "../wallboard/workspace";
import type { Workspace, WorkspaceName } from "./workspace";

export const workspaces: readonly Workspace[] = [
  calls,
  cases,
  field,
  supervision,
  acceptance,
  department,
  knowledge,
  reports,
  settings,
  wallboard,
];

export const isFor = (workspace: Workspace, roles: ReadonlySet<Role>): boolean => workspace.roles.some((role) => roles.has(role));

/** What the rail shows to somebody with these roles. */
export const listed = (roles: ReadonlySet<Role>): Workspace[] =>
  workspaces.filter((workspace) => !workspace.unlisted && isFor(workspace, roles));

export const named = (name: WorkspaceName | undefined): Workspace | undefined => workspaces.find((one) => one.name === name);

/** Where the bare address leads: who only administers, to the settings; others to the first workspace that is their own. */
export function homeOf(roles: ReadonlySet<Role>): Workspace | undefined {
  if (roles.has("admin") && roles.size === 1) return settings;
  const all = listed(roles);
  return all.find((workspace) => !workspace.shared) ?? all[0];
}
