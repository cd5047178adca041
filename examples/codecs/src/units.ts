import { singleton } from "tsyringe";

/** Knows the scales in which stations measure. One object for the application; the codecs get it injected. */
@singleton()
export class Units {
  readonly #toCelsius = new Map<string, (value: number) => number>([
    ["C", (value) => value],
    ["F", (value) => ((value - 32) * 5) / 9],
    ["K", (value) => value - 273.15],
  ]);

  /** Gives degrees Celsius to a hundredth; undefined for a unit that nobody knows. */
  celsius(value: number, unit: string): number | undefined {
    const converted = this.#toCelsius.get(unit)?.(value);
    return converted === undefined ? undefined : Math.round(converted * 100) / 100;
  }

  get names(): string {
    return [...this.#toCelsius.keys()].join(", ");
  }
}
