import type { Principal } from "wirespring";

/**
 * Who a client of a test is. Turned into the principal of its session by the test application.
 */

/** A principal, with its roles as a list where it has no `isUserInRole` of its own. */
export interface Persona extends Principal {
  /** What `isUserInRole` says yes to. Default: nothing. */
  readonly roles?: readonly string[];
}

/** Gives the principal: the very object, unless its roles are a list. */
export function principalOf(who: string | Persona): Principal {
  if (typeof who === "string") return { name: who };
  const { roles } = who;
  if (roles === undefined || who.isUserInRole !== undefined) return who;
  return Object.assign(Object.create(Object.getPrototypeOf(who) as object) as Persona, who, {
    isUserInRole: (role: string) => roles.includes(role),
  });
}
