import { Module } from "@nestjs/common";
import { OrdersController } from "./orders-controller.js";
import { Orders } from "./orders.js";

/** The application of Nest. Of endpoints it knows nothing. */
@Module({ controllers: [OrdersController], providers: [Orders] })
export class RestaurantModule {}
