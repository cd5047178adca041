import { ClientEndpointConfigurator } from "wirespring";

/**
 * Says who we are, in the header of each attempt. A hook rather than the option `headers`, because it is asked every time: a token may have
 * become too old since the last connection.
 */
export class Credentials extends ClientEndpointConfigurator {
  override beforeRequest(headers: Map<string, string[]>): void {
    const token = process.env["CHAT_TOKEN"];
    if (token !== undefined) headers.set("Authorization", [`Bearer ${token}`]);
  }
}
