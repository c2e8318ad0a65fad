/** What a workspace declares of itself; the rail, the router and the command bar are made from these. */
import type { RouteLocationRaw, RouteRecordRaw } from "vue-router";
import type { Role } from "@shared/contracts/core";

export type WorkspaceName =
  | "calls"
  | "cases"
  | "field"
  | "supervision"
  | "acceptance"
  | "department"
  | "knowledge"
  | "reports"
  | "settings"
  | "wallboard";

/** Something with an address. */
export interface FoundThing {
  id: string;
  label: string;
  detail?: string | undefined;
  to: RouteLocationRaw;
}

export interface Workspace {
  /** Its folder, its first route, and the key of its words: `workspace.{name}`. */
  name: WorkspaceName;
  /** Who has it: one of these roles suffices. */
  roles: readonly Role[];
  /** Lines of its symbol in the rail, as the `d` of a path in a square of 24. */
  icon: string;
  /** The first one is where the rail leads. All of a workspace have one component, which stays while its parts change. */
  routes: RouteRecordRaw[];
  /** How many things wait there for the person who is signed in; read from the live picture. */
  waiting?: (me: string) => number;
  /** What the command bar finds here for the words that somebody typed; asked for after a pause between keys. */
  find?: (words: string) => FoundThing[] | Promise<FoundThing[]>;
  /** Every role has it and nobody begins there: the bare address leads to another one where there is one. */
  shared?: true;
  /** Not in the rail before it does something; its addresses say what will be there. */
  unlisted?: true;
  /** It fills the screen: neither rail nor strip. */
  alone?: true;
}

declare module "vue-router" {
  interface RouteMeta {
    workspace?: WorkspaceName;
  }
}
