import type { Reading } from "./reading.js";

/** What a station has measured so far. `JsonEncoder` sends it as it is: its own fields, nothing else. */
export class Summary {
  readings = 0;
  lowest: number | null = null;
  highest: number | null = null;

  add({ celsius }: Reading): void {
    this.readings++;
    this.lowest = Math.min(celsius, this.lowest ?? celsius);
    this.highest = Math.max(celsius, this.highest ?? celsius);
  }
}
