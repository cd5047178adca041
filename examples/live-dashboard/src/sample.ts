/** What the process needed in one stretch of time. */
export interface Sample {
  /** The end of the stretch, milliseconds since 1970. */
  readonly at: number;
  /** Processor time, in per cent of one core: more than 100 where several threads work. */
  readonly cpu: number;
  /** How much of the time the event loop was not waiting, in per cent. */
  readonly loop: number;
  /** Resident memory, MiB. */
  readonly memory: number;
  /** Used heap, MiB. */
  readonly heap: number;
}

/** What the server sends: first what was, then what comes. */
export type DashboardEvent =
  | { readonly type: "history"; readonly samples: readonly Sample[] }
  | { readonly type: "sample"; readonly sample: Sample };

/** The topic of everybody who looks. */
export const SAMPLES = "samples";
