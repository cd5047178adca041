// Before anything of tsyringe, which needs the metadata that wirespring brings along.
import { EndpointExporter } from "wirespring";
import { fileURLToPath } from "node:url";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { KitchenEndpoint } from "./kitchen-endpoint.js";
import { RestaurantModule } from "./restaurant-module.js";

/** Makes the application, controllers and endpoints; its caller listens, and closes it. */
export async function webApp(): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(RestaurantModule, { logger: ["error", "warn"] });
  app.disable("x-powered-by");
  app.useStaticAssets(fileURLToPath(new URL("../public/", import.meta.url)));

  const sockets = await new EndpointExporter({
    endpoints: [KitchenEndpoint],
    // Nest's container has what tsyringe's has not.
    resolve: (token) => app.get(token as never, { strict: false }),
  }).export(app.getHttpServer());
  // From now on `app.close()` drains the sockets, too.
  sockets.closeWith(app.getHttpServer());
  return app;
}
