import { WirespringApplication } from "wirespring";
import { PiecewiseEndpoint } from "./piecewise-endpoint.js";
import { StreamedEndpoint } from "./streamed-endpoint.js";
import { UploadConfig } from "./upload-config.js";
import { webPage } from "./web-page.js";

const context = await WirespringApplication.run(UploadConfig, {
  endpoints: [StreamedEndpoint, PiecewiseEndpoint],
  handler: webPage(),
  host: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["PORT"] ?? 8080),
});
console.log(`listening on ${context.url}`);
