import type { InjectionToken } from "tsyringe";
import type { Role } from "../brand.js";
import type { Provider, Registration } from "./tsyringe-registry.js";

/**
 * The nodes of a dependency graph, and what can be asked of them. Built by the dependency graph, turned into instances by the instance maker.
 */

/** Roles that belong to one connection. */
export type ConnectionRole = Extract<Role, "Session" | "HandshakeRequest" | "EndpointConfig">;

interface Edges {
  /** What a chain in a message calls it. */
  readonly label: string;
  /** In the order of the parameters. */
  readonly edges: readonly DependencyNode[];
}

/** Where an instance comes from. */
export type DependencyNode = Edges &
  (
    | { readonly kind: "framework"; readonly role: ConnectionRole }
    /** `foreign`: the token under which another container gave it. */
    | { readonly kind: "value"; readonly value: unknown; readonly foreign?: InjectionToken<unknown> }
    | SingletonNode
    | { readonly kind: "class"; readonly type: new (...args: unknown[]) => object }
    | ScopedNode
    | { readonly kind: "factory"; readonly make: NonNullable<Provider["useFactory"]> }
    | { readonly kind: "all" }
    /** Edges: the transformer, the value. */
    | { readonly kind: "transform"; readonly args: readonly unknown[] }
    | { readonly kind: "delayed"; readonly token: InjectionToken<unknown> }
    | { readonly kind: "faulty" }
  );

export interface SingletonNode extends Edges {
  readonly kind: "singleton";
  /** What it is registered under. */
  readonly token: InjectionToken<unknown>;
  /** Its place among the registrations of the token; `resolve` gives the last. */
  readonly index: number;
  readonly last: boolean;
  /** Labels from the root to it. */
  readonly chain: readonly string[];
}

/** One instance for a connection or for one creation; edge: how it is made. */
export interface ScopedNode extends Edges {
  readonly kind: "scoped";
  readonly lifetime: "connection" | "resolution";
  readonly registration: Registration;
  readonly token: InjectionToken<unknown>;
}

/** Tells whether making this needs a connection; what a singleton needs is its own affair. */
export function isConnectionScoped(node: DependencyNode): boolean {
  return isConnectionBound(node) || (node.kind !== "singleton" && pathTo(node, isConnectionBound) !== undefined);
}

/** Tells whether some node below, or this one, is of a kind. Looks into singletons, too. */
export function reaches(node: DependencyNode, test: (node: DependencyNode) => boolean): boolean {
  const seen = new Set<DependencyNode>();
  const visit = (each: DependencyNode): boolean =>
    !seen.has(each) && (seen.add(each), test(each) || each.edges.some(visit));
  return visit(node);
}

/** Tells whether a node belongs to one connection. */
export function isConnectionBound(node: DependencyNode): boolean {
  return node.kind === "framework" || (node.kind === "scoped" && node.lifetime === "connection");
}

/** The labels below a node up to the first that fits; does not look into other singletons, which are judged themselves. */
export function pathTo(from: DependencyNode, test: (node: DependencyNode) => boolean): readonly string[] | undefined {
  const seen = new Set([from]);
  const visit = (node: DependencyNode): readonly [string, ...string[]] | undefined => {
    for (const edge of node.edges) {
      if (seen.has(edge)) continue;
      seen.add(edge);
      if (test(edge)) return [edge.label];
      const rest = edge.kind === "singleton" ? undefined : visit(edge);
      // A class under its own registration is two nodes of one name.
      if (rest !== undefined) return rest[0] === edge.label ? rest : [edge.label, ...rest];
    }
    return undefined;
  };
  return visit(from);
}

/** Tells whether a role of a framework class is one that a connection fills. */
export function isConnectionRole(role: Role | undefined): role is ConnectionRole {
  return role === "Session" || role === "HandshakeRequest" || role === "EndpointConfig";
}
