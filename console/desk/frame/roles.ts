/** Roles of the person who is signed in. What they do not permit is not offered. */
import { computed } from "vue";
import type { Role } from "@shared/contracts/core";
import { desk, session } from "../live/desk";

const ownRoles = computed<ReadonlySet<Role>>(() => new Set(session.value?.user.roles));
/** What the operating mode gives this person besides; the service decides by the same table. */
export const lentRoles = computed<Role[]>(() => {
  const lent = desk.mode?.roles ?? {};
  const more = [...ownRoles.value].flatMap((role) => (lent[role] ?? []) as Role[]);
  return [...new Set(more)].filter((role) => !ownRoles.value.has(role));
});
export const myRoles = computed<ReadonlySet<Role>>(() => new Set([...ownRoles.value, ...lentRoles.value]));
export const myId = computed(() => session.value?.user.id ?? "");
export const has = (...roles: Role[]): boolean => roles.some((role) => myRoles.value.has(role));
