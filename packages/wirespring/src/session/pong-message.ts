import { BRAND } from "../brand.js";

/** A pong of the peer, as an `@OnMessage` parameter. Pings are answered by the container and never delivered (J-60). */
export class PongMessage {
  static readonly [BRAND] = "PongMessage";
  /** At most 125 bytes. */
  readonly applicationData: Buffer;

  constructor(applicationData: Buffer) {
    this.applicationData = applicationData;
  }
}
