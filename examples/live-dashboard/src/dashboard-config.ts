import { ApplicationContext, Bean, Broadcaster, Configuration, EndpointExporter } from "wirespring";
import { ProcessMeter } from "./process-meter.js";
import { Recorder } from "./recorder.js";
import { SAMPLES, type DashboardEvent } from "./sample.js";

/** The beans of the application. `SAMPLE_INTERVAL` in the environment is the time between two samples in milliseconds, 1000 without it. */
@Configuration()
export class DashboardConfig {
  @Bean()
  processMeter(): ProcessMeter {
    return new ProcessMeter();
  }

  @Bean()
  recorder(meter: ProcessMeter, context: ApplicationContext): Recorder {
    return new Recorder(
      () => meter.read(),
      // Beans are made before endpoints are in service, and with them the Broadcaster: it is asked for when it is needed.
      (sample) => void context.get(Broadcaster).publish(SAMPLES, { type: "sample", sample } satisfies DashboardEvent),
      Number(process.env["SAMPLE_INTERVAL"] ?? 1_000),
    );
  }

  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}
