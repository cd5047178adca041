import type { Clock } from "../clock.js";
import { Diagnostics } from "../diagnostics.js";
import type { ContainerLimits } from "../limits.js";
import type { Logger } from "../logger.js";
import { memoryLimit } from "../memory-limit.js";
import { OutboxBudget } from "../session/outbox-budget.js";
import { RecipientCount } from "../session/recipient-count.js";
import { TimerWheel } from "../timer-wheel.js";

/** What all sessions of a container share, whatever their endpoint. Made by the container. */
export interface SharedServices {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Looks at every session. */
  readonly wheel: TimerWheel;
  /** Bounds what waits to be sent in all of them. */
  readonly budget: OutboxBudget;
  /** Of what is published on topics. */
  readonly recipients: RecipientCount;
}

/** Of the memory that the process may have, so much may wait to be sent. */
const OUTBOX_SHARE = 1 / 4;

/** Makes the services of a container. */
export function sharedServices(clock: Clock, logger: Logger, { maxOutboxBytes }: ContainerLimits): SharedServices {
  return {
    clock,
    diagnostics: new Diagnostics(logger, clock),
    wheel: new TimerWheel(clock),
    recipients: new RecipientCount(),
    budget: new OutboxBudget(maxOutboxBytes || Math.floor(memoryLimit() * OUTBOX_SHARE)),
  };
}
