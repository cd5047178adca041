import { HandshakeRequest, type Principal, ServerEndpointConfigurator } from "wirespring";
import { injectable } from "tsyringe";

/** The cookie that the HTTP side gives to each visitor. */
export const VOTER = "voter";

/** Tells whether a cookie may be one that this application gave. */
export function isVoter(value: string | undefined): value is string {
  return value !== undefined && UUID.test(value);
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Recognises a visitor of the page by its cookie, which browsers send with the handshake, too. */
@injectable()
export class VoterCookie extends ServerEndpointConfigurator {
  override authenticate(request: HandshakeRequest): Principal | null {
    const name = request.cookies.get(VOTER);
    return isVoter(name) ? { name } : null;
  }
}
