import { upload } from "./uploader.js";

const [path, server = "ws://127.0.0.1:8080"] = process.argv.slice(2);
if (path === undefined) {
  console.error("usage: node upload.js <file> [ws://host:port]");
  process.exitCode = 2;
} else {
  try {
    await run(path);
  } catch (error) {
    console.error(`not uploaded: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

async function run(path: string): Promise<void> {
  const started = performance.now();
  let told = 0;
  const receipt = await upload(path, server, (sent, size) => {
    const percent = Math.floor((100 * sent) / size);
    if (percent < told + 10) return;
    told = percent;
    console.error(`${percent} % sent`);
  });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  // `maxRSS` is in KiB.
  const memory = Math.round(process.resourceUsage().maxRSS / 1_024);
  console.error(`${receipt.size} bytes in ${seconds} s; this program had at most ${memory} MiB of memory`);
  console.log(JSON.stringify(receipt));
}
