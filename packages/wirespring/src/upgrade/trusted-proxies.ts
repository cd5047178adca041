import { illegalArgument } from "../errors.js";
import type { Peer, UpgradeRequest } from "../handshake-request.js";
import { formatAddress, isV4, parseAddress, sharePrefix, type IpAddress } from "./ip-address.js";

/**
 * Finds out who is behind the proxies that an operator trusts (T31). What anybody else says in `X-Forwarded-*` is not looked at. Asked by the
 * router for each request; calls nothing else.
 */

interface Network {
  readonly address: IpAddress;
  readonly bits: number;
}

/** No real chain is that long; a longer one is made up, so nothing of it is believed. */
const MAX_HOPS = 32;

/** The proxies of one application; none by default. */
export class TrustedProxies {
  readonly #networks: readonly Network[];

  /**
   * Throws `TypeError`, code `WS_ILLEGAL_ARGUMENT`, for what is no address and no network.
   *
   * @param networks As `10.0.0.0/8`, `fd00::/8`, or one address.
   */
  constructor(networks: readonly string[] = []) {
    this.#networks = networks.map(parseNetwork);
  }

  /** Tells who sent a request: the nearest one in the chain that is no trusted proxy. */
  peerOf({ socket, rawHeaders }: UpgradeRequest): Peer {
    const { remoteAddress } = socket;
    const direct = {
      address: remoteAddress,
      port: socket.remotePort ?? -1,
      isSecure: socket.encrypted === true,
    };
    if (this.#networks.length === 0 || !this.#trusts(remoteAddress)) return direct;
    const schemes = listed(rawHeaders, "x-forwarded-proto");
    // Each hop that has said something must have been TLS: a proxy that adds to a made-up value cannot be told from a chain.
    const isSecure =
      schemes.length === 0 ? direct.isSecure : schemes.every((scheme) => /^(?:https|wss)$/i.test(scheme));
    const address = this.#behind(listed(rawHeaders, "x-forwarded-for"));
    return address === undefined ? { ...direct, isSecure } : { address, port: -1, isSecure };
  }

  /** From the right, because what is on the left was written by those on the left. */
  #behind(hops: readonly string[]): string | undefined {
    if (hops.length > MAX_HOPS) return undefined;
    let nearest: string | undefined;
    for (const hop of hops.toReversed()) {
      const address = parseAddress(withoutPort(hop));
      if (address === undefined) return nearest;
      nearest = isV4(address) ? formatAddress(address) : withoutPort(hop);
      if (!this.#trusts(nearest)) return nearest;
    }
    return nearest;
  }

  #trusts(text: string | undefined): boolean {
    const address = text === undefined ? undefined : parseAddress(text);
    return (
      address !== undefined && this.#networks.some((network) => sharePrefix(network.address, address, network.bits))
    );
  }
}

function parseNetwork(text: string): Network {
  const [, host = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  // `::ffff:0:0/96` is all of IPv4; a plain IPv4 network counts its own 32 bits.
  const plain = !host.includes(":");
  const most = plain ? 32 : 128;
  const bits = length === undefined ? most : Number(length);
  if (address === undefined || bits > most)
    throw illegalArgument(
      `trustedProxies takes addresses and networks, as "10.0.0.0/8", found ${JSON.stringify(text)}`,
    );
  return { address, bits: plain ? bits + 96 : bits };
}

/** `192.0.2.1:4711` and `[2001:db8::1]:4711` are written by some. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(hop);
  if (bracketed !== null) return bracketed[1]!;
  return hop.includes(".") ? hop.replace(/^([\d.]+):\d+$/, "$1") : hop;
}

/** The elements of all lines of a list field, in order. */
function listed(rawHeaders: readonly string[], name: string): readonly string[] {
  const found: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    if (rawHeaders[index]!.toLowerCase() === name)
      for (const element of rawHeaders[index + 1]!.split(",")) {
        found.push(element.trim());
        if (found.length > MAX_HOPS) return found;
      }
  return found;
}
