import { JsonEncoder, OnClose, OnMessage, OnOpen, ServerEndpoint, Session } from "wirespring";
import type { Subscription } from "rxjs";
import type { Order } from "./order.js";
import { Orders } from "./orders.js";

/** One screen in the kitchen: shows the open orders and every change. A message is the number of an order that is ready. */
@ServerEndpoint({ value: "/kitchen", encoders: [JsonEncoder], maxTextMessageSize: 16 })
export class KitchenEndpoint {
  #changes: Subscription | undefined;

  // Nest's object: tsyringe does not know the class, so the exporter asks Nest.
  constructor(private readonly orders: Orders) {}

  @OnOpen()
  opened(session: Session): void {
    const send = (order: Order): void => void session.remote.sendObject(order);
    for (const order of this.orders.open) send(order);
    this.#changes = this.orders.changes.subscribe(send);
  }

  @OnMessage()
  ready(id: number): void {
    // Another screen may have been faster.
    this.orders.finish(id);
  }

  @OnClose()
  closed(): void {
    this.#changes?.unsubscribe();
  }
}
