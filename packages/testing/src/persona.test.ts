import { describe, expect, it } from "vitest";
import { principalOf } from "./persona.js";

describe("principalOf", () => {
  it("takes a name for a principal without roles", () => {
    expect(principalOf("ann")).toEqual({ name: "ann" });
  });

  it("answers for the roles of a list, and keeps the rest, inherited members, too", () => {
    class User {
      readonly roles = ["admin"];
      constructor(readonly name: string) {}
      get upper(): string {
        return this.name.toUpperCase();
      }
    }
    const principal = principalOf(new User("ann"));
    expect(principal).toBeInstanceOf(User);
    expect((principal as User & typeof principal).upper).toBe("ANN");
    expect([principal.isUserInRole!("admin"), principal.isUserInRole!("owner")]).toEqual([true, false]);
  });

  it("leaves alone what answers for itself", () => {
    const principal = { name: "ann", roles: ["a"], isUserInRole: () => false };
    expect(principalOf(principal)).toBe(principal);
  });
});
