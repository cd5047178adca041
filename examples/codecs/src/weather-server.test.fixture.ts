import { Bean, Configuration, EndpointExporter, WirespringApplication, type Class } from "wirespring";

/** One endpoint on a port of its own, for a client that wants an address. */
export interface WeatherServer extends AsyncDisposable {
  /** As `ws://127.0.0.1:41234`. */
  readonly url: string;
}

@Configuration()
class WeatherConfig {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

/** Serves an endpoint until it is disposed. */
export async function serveWeather(endpoint: Class): Promise<WeatherServer> {
  const ignore = (): void => {};
  const context = await WirespringApplication.run(WeatherConfig, {
    endpoints: [endpoint],
    host: "127.0.0.1",
    port: 0,
    signals: false,
    logger: { debug: ignore, info: ignore, warn: console.warn, error: console.error },
  });
  return {
    url: context.url.replace(/^http/, "ws"),
    [Symbol.asyncDispose]: () => context.close(),
  };
}
