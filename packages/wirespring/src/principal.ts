/**
 * Who the peer is, as `ServerEndpointConfigurator.authenticate` said. Stays the same for the life of a session
 * (Jakarta WebSocket 2.2, section 7.2).
 */
export interface Principal {
  readonly name: string;
  /** Tells whether the principal has a role; without this method it has none. */
  isUserInRole?(role: string): boolean;
  /** When sessions of this principal end by themselves; `session.expiresAt` starts with it. Default: never (J-209). */
  readonly expiresAt?: Date | undefined;
}
