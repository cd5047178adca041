import { describe, expect, it } from "vitest";
import type { Order } from "./order.js";
import { Orders } from "./orders.js";

describe("Orders", () => {
  it("keeps an order until it is ready, and tells of both", () => {
    const orders = new Orders();
    const told: Order[] = [];
    orders.changes.subscribe((order) => told.push(order));
    const soup = orders.take("Soup", 4);
    const cake = orders.take("Cake", 4);
    expect(orders.open).toEqual([soup, cake]);
    expect(orders.finish(soup.id)).toEqual({ id: soup.id, dish: "Soup", table: 4, state: "ready" });
    expect(orders.open).toEqual([cake]);
    expect(told.map(({ dish, state }) => `${dish} ${state}`)).toEqual(["Soup ordered", "Cake ordered", "Soup ready"]);
  });

  it("says nothing of an order that is not open", () => {
    const orders = new Orders();
    const told: Order[] = [];
    orders.changes.subscribe((order) => told.push(order));
    expect(orders.finish(1)).toBeUndefined();
    expect(told).toEqual([]);
  });
});
