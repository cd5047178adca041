import { Bean, Configuration, EndpointExporter, WirespringApplication } from "wirespring";
import { LogbookEndpoint } from "./logbook-endpoint.js";
import { StationEndpoint } from "./station-endpoint.js";

@Configuration()
class WeatherConfig {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

const context = await WirespringApplication.run(WeatherConfig, {
  endpoints: [StationEndpoint, LogbookEndpoint],
  host: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["PORT"] ?? 8080),
});
console.log(`listening on ${context.url}`);
