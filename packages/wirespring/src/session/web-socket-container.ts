import { BRAND } from "../brand.js";

/** What a session's container is to the session: the defaults it started from. `ServerContainer` is one. */
export abstract class WebSocketContainer {
  static readonly [BRAND] = "WebSocketContainer";

  /** Largest text message of sessions opened from now on, UTF-8 bytes. Default 65 536. */
  abstract defaultMaxTextMessageSize: number;
  /** Largest binary message of sessions opened from now on. Default 65 536. */
  abstract defaultMaxBinaryMessageSize: number;
}
