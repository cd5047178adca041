/** Upgrade requests line by line, so that a test can leave lines out, send them twice, or break them. */

/** The header lines of a well-behaved client. */
export const UPGRADE_LINES: readonly string[] = [
  "Host: localhost",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

/** The lines without that of one field. */
export function linesWithout(name: string): readonly string[] {
  return UPGRADE_LINES.filter((line) => !line.startsWith(`${name}:`));
}

/** A request as it is sent; for bytes above 0x7f, a character each. */
export function upgradeBytes(start: string, lines: readonly string[] = UPGRADE_LINES): string {
  return `${start}\r\n${lines.join("\r\n")}\r\n\r\n`;
}
