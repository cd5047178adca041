import { WirespringApplication } from "wirespring";
import { ChatConfig } from "./chat-config.js";
import { ChatEndpoint } from "./chat-endpoint.js";
import { webPage } from "./web-page.js";

const context = await WirespringApplication.run(ChatConfig, {
  endpoints: [ChatEndpoint],
  handler: await webPage(new URL("../public/", import.meta.url)),
  host: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["PORT"] ?? 8080),
});
console.log(`listening on ${context.url}`);
