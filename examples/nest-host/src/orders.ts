import { Injectable } from "@nestjs/common";
import { Subject } from "rxjs";
import type { Order } from "./order.js";

/** Keeps the orders that are open, and tells of each change: a provider of Nest, as any other. */
@Injectable()
export class Orders {
  readonly #open = new Map<number, Order>();
  readonly #changes = new Subject<Order>();
  #last = 0;

  /** Every order when it comes in, and when it is ready. */
  readonly changes = this.#changes.asObservable();

  get open(): readonly Order[] {
    return [...this.#open.values()];
  }

  take(dish: string, table: number): Order {
    const order = { id: ++this.#last, dish, table, state: "ordered" } as const;
    this.#open.set(order.id, order);
    this.#changes.next(order);
    return order;
  }

  /** Gives the order, ready now, and forgets it; undefined for one that is not open. */
  finish(id: number): Order | undefined {
    const order = this.#open.get(id);
    if (order === undefined) return undefined;
    const ready = { ...order, state: "ready" } as const;
    this.#open.delete(id);
    this.#changes.next(ready);
    return ready;
  }
}
