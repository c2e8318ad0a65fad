/** Roles of the person who is signed in. What they do not permit is not offered. */
import { computed } from "vue";
import type { Role } from "@shared/contracts/core";
import { session } from "../live/desk";

export const myRoles = computed<ReadonlySet<Role>>(() => new Set(session.value?.user.roles));
export const myId = computed(() => session.value?.user.id ?? "");
export const has = (...roles: Role[]): boolean => roles.some((role) => myRoles.value.has(role));
