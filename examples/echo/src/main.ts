import { Bean, Configuration, EndpointExporter, WirespringApplication } from "wirespring";
import { EchoEndpoint } from "./echo-endpoint.js";

const { HOST = "127.0.0.1", PORT = "8080", MAX_MESSAGE_SIZE = "65536", COMPRESSION } = process.env;

@Configuration()
class EchoConfig {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

const context = await WirespringApplication.run(EchoConfig, {
  endpoints: [EchoEndpoint],
  host: HOST,
  port: Number(PORT),
  limits: {
    maxTextMessageSize: Number(MAX_MESSAGE_SIZE),
    maxBinaryMessageSize: Number(MAX_MESSAGE_SIZE),
    // Test suites send megabytes of one letter, which are compressed a thousandfold: their size is bound enough here.
    maxInflation: 0,
  },
  compression: COMPRESSION === "1",
});
console.log(`listening on ${context.url}`);
