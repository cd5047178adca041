import { Bean, Configuration, EndpointExporter } from "wirespring";

/** The beans of the chat. `RoomService` needs no method here: it is a `@singleton()` already. */
@Configuration()
export class ChatConfig {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}
