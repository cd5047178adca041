import { Bean, Configuration, EndpointExporter, WirespringApplication } from "wirespring";
import { EchoEndpoint } from "./echo-endpoint.js";

@Configuration()
class EchoConfig {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

const context = await WirespringApplication.run(EchoConfig, {
  endpoints: [EchoEndpoint],
  host: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["PORT"] ?? 8080),
});
console.log(`listening on ${context.url}`);
