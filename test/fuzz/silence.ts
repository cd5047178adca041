import type { Logger } from "wirespring";

const ignore = (): void => {};

/** Where what millions of bad inputs make a server say goes. */
export const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
