/**
 * Reads IP addresses as the gate compares them: an IPv4 address that is written as IPv6 is the same as the plain one. Asked by the trusted
 * proxies and by the turnstile; calls nothing.
 */

/** Eight groups of 16 bits; IPv4 as `::ffff:a.b.c.d`. */
export type IpAddress = readonly number[];

/** Without leading zeros: some read those as octal numbers. */
const V4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;
/** The name of an interface; whatever else stands there is somebody's text, and goes on to logs and applications. */
const ZONE = /^[0-9a-z.-]+$/i;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** Reads an address without port and brackets; a zone, as in `fe80::1%eth0`, is left out. Undefined for what is none. */
export function parseAddress(text: string): IpAddress | undefined {
  if (text.length > 64) return undefined;
  const v4 = parseV4(text);
  if (v4 !== undefined) return [0, 0, 0, 0, 0, 0xffff, ...v4];
  const zone = text.indexOf("%");
  if (zone >= 0 && !ZONE.test(text.slice(zone + 1))) return undefined;
  const halves = (zone < 0 ? text : text.slice(0, zone)).split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = groups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** Whether it is an IPv4 address, however it was written. */
export function isV4(address: IpAddress): boolean {
  return address[5] === 0xffff && address.every((group, index) => index >= 5 || group === 0);
}

/** Writes an address, IPv4 with dots. */
export function formatAddress(address: IpAddress): string {
  if (!isV4(address)) return address.map((group) => group.toString(16)).join(":");
  const [high, low] = [address[6]!, address[7]!];
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}

/** Whether both addresses begin with the same bits. */
export function sharePrefix(one: IpAddress, other: IpAddress, bits: number): boolean {
  for (let index = 0, left = bits; left > 0; index++, left -= 16) {
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff;
    if ((one[index]! & mask) !== (other[index]! & mask)) return false;
  }
  return true;
}

/**
 * Names the peer behind an address: the address of IPv4, the network of 64 bits of IPv6, of which one customer has all addresses. What is no
 * address stands for itself.
 */
export function peerKey(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) return text;
  return isV4(address) ? formatAddress(address) : formatAddress(address.slice(0, 4));
}

function parseV4(text: string): readonly [number, number] | undefined {
  const match = V4.exec(text);
  if (match === null) return undefined;
  const [a, b, c, d] = match.slice(1).map(Number) as [number, number, number, number];
  return Math.max(a, b, c, d) > 255 ? undefined : [(a << 8) | b, (c << 8) | d];
}

/** @param last Whether an IPv4 address may stand at the end. */
function groups(text: string, last: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const found: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const v4 = last && index === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 !== undefined) found.push(...v4);
    else if (GROUP.test(part)) found.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return found;
}
