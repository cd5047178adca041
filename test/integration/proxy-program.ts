import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { blocksOf } from "../architecture/doc-blocks.js";
import { localhostCertificate } from "./localhost-certificate.js";

/**
 * A proxy in front of an application: nginx or HAProxy, with the configuration of the documentation, but for addresses, certificate and times.
 * Started by `proxy.test.ts`.
 */

/** What differs between the proxies. */
export interface ProxyKind {
  readonly name: string;
  /** The page that has its configuration. */
  readonly page: string;
  /** The language of its block in the page. */
  readonly language: string;
  /** What of the block is replaced, all of which has to be there. */
  readonly replace: (place: Place) => Readonly<Record<string, string>>;
  /** The configuration around the block. */
  readonly wrap: (block: string, place: Place) => string;
  readonly args: (file: string, place: Place) => readonly string[];
  /** What it writes when it accepts connections. */
  readonly ready: string;
}

/** Where a proxy and what is behind it are. */
export interface Place {
  readonly folder: string;
  readonly port: number;
  /** Ports of the applications. */
  readonly behind: readonly [number, number];
  /** A connection may rest so long. */
  readonly idle: string;
}

export const nginx: ProxyKind = {
  name: "nginx",
  page: "docs/how-to/nginx.md",
  language: "nginx",
  replace: ({ folder, port, behind, idle }) => ({
    "listen 443 ssl;": `listen 127.0.0.1:${port} ssl;`,
    "10.0.0.11:8080": `127.0.0.1:${behind[0]}`,
    "10.0.0.12:8080": `127.0.0.1:${behind[1]}`,
    "/etc/ssl/ws.example.com.crt": join(folder, "site.crt"),
    "/etc/ssl/ws.example.com.key": join(folder, "site.key"),
    "proxy_read_timeout 60s;": `proxy_read_timeout ${idle};`,
    "proxy_send_timeout 60s;": `proxy_send_timeout ${idle};`,
  }),
  wrap: (block, { folder }) => {
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${folder};`)
      .join(" ");
    const main = `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr notice;`;
    return `${main}\nevents {}\nhttp {\naccess_log off; ${temporary}\n${block}\n}\n`;
  },
  args: (file, { folder }) => ["-p", folder, "-c", file, "-e", "stderr"],
  ready: "start worker process ",
};

export const haproxy: ProxyKind = {
  name: "HAProxy",
  page: "docs/topics/deploying.md",
  language: "haproxy",
  replace: ({ folder, port, behind, idle }) => ({
    "bind :443": `bind 127.0.0.1:${port}`,
    "10.0.0.11:8080": `127.0.0.1:${behind[0]}`,
    "10.0.0.12:8080": `127.0.0.1:${behind[1]}`,
    "/etc/haproxy/ws.example.com.pem": join(folder, "site.pem"),
    "timeout tunnel 60s": `timeout tunnel ${idle}`,
  }),
  wrap: (block) => `${block}\n`,
  // Master and worker: the master tells when the worker is there.
  args: (file) => ["-W", "-db", "-f", file],
  ready: "Loading success",
};

export class ProxyProgram implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #folder: string;

  private constructor(process: ChildProcess, ended: Promise<unknown>, { port, folder }: Place) {
    this.#process = process;
    this.#ended = ended;
    this.port = port;
    this.#folder = folder;
  }

  /** Starts a proxy before two applications, and waits until it accepts connections. Rejects, with what it wrote, when it ends before. */
  static async start(kind: ProxyKind, program: string, behind: readonly [number, number], idle: string) {
    const place = { folder: await mkdtemp(join(tmpdir(), "wirespring-proxy-")), port: await freePort(), behind, idle };
    const { cert, key } = localhostCertificate;
    const file = join(place.folder, "proxy.conf");
    await writeFile(join(place.folder, "site.crt"), cert);
    await writeFile(join(place.folder, "site.key"), key);
    await writeFile(join(place.folder, "site.pem"), cert + key);
    await writeFile(file, kind.wrap(await blockOf(kind, place), place));
    const child = spawn(program, kind.args(file, place), { stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(child, "exit");
    const lines: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stderr).on("line", (line) => {
        lines.push(line);
        if (line.includes(kind.ready)) resolve();
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`${kind.name} ended with ${code}:\n${lines.join("\n")}`)));
    });
    return new ProxyProgram(child, ended, place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#ended;
    await rm(this.#folder, { recursive: true });
  }
}

/** The configuration of the page, in this place. */
async function blockOf({ page, language, replace }: ProxyKind, place: Place): Promise<string> {
  const text = await readFile(fileURLToPath(new URL(`../../${page}`, import.meta.url)), "utf8");
  const block = blocksOf(page, text).find((each) => each.language === language);
  let code = block?.code.join("\n") ?? "";
  for (const [there, here] of Object.entries(replace(place))) {
    if (!code.includes(there)) throw new Error(`the ${language} block of ${page} has no "${there}"`);
    code = code.replaceAll(there, here);
  }
  return code;
}

/** The proxies cannot tell which port they got. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
