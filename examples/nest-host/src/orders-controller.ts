import { BadRequestException, Body, Controller, Get, Post } from "@nestjs/common";
import type { Order } from "./order.js";
import { Orders } from "./orders.js";

const MOST_TABLES = 99;

/** The HTTP side, as it was before there were any sockets. */
@Controller("orders")
export class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Get()
  open(): readonly Order[] {
    return this.orders.open;
  }

  @Post()
  take(@Body() body: { readonly dish?: unknown; readonly table?: unknown } | undefined): Order {
    const dish = typeof body?.dish === "string" ? body.dish.trim() : "";
    const table = Number(body?.table);
    if (dish === "" || dish.length > 60) throw new BadRequestException("dish is text of 1 to 60 characters");
    if (!Number.isInteger(table) || table < 1 || table > MOST_TABLES)
      throw new BadRequestException(`table is a number from 1 to ${MOST_TABLES}`);
    return this.orders.take(dish, table);
  }
}
