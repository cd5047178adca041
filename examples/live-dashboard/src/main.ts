import { WirespringApplication } from "wirespring";
import { DashboardConfig } from "./dashboard-config.js";
import { DashboardEndpoint } from "./dashboard-endpoint.js";
import { webPage } from "./web-page.js";

const context = await WirespringApplication.run(DashboardConfig, {
  endpoints: [DashboardEndpoint],
  handler: webPage(),
  host: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["PORT"] ?? 8080),
});
console.log(`listening on ${context.url}`);
