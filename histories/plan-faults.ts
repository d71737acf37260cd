import { FAULTS } from '../testbed/faults.ts';
import { type Dice, diceOf } from './dice.ts';
import type { FaultPlan, Moment, Outage, StepPlan } from './history.ts';

/** The faults that happen to one request. Those that do not pass end most steps, so they are rarer. */
const ONCE = FAULTS.filter(({ mishap }) => mishap.times === undefined);
const PASSING = ONCE.filter(({ read, send }) => read !== 'final' && send !== 'refused').map(
  ({ name }) => name,
);
const FINAL = ONCE.filter(({ read, send }) => read === 'final' || send === 'refused').map(({ name }) => name);
/** Those after which nobody knows whether a message has arrived, or which ask for it later. */
const OF_MESSAGES = ONCE.filter(({ send }) => ['lost', 'done', 'postponed'].includes(send)).map(
  ({ name }) => name,
);
const DATES = FAULTS.filter(({ name }) => name.startsWith('`Date`')).map(({ name }) => name);
const OUTAGES = [
  'connection refused',
  'connection reset',
  'no answer ever comes',
  '503',
  '401',
  '401',
  'wrong JSON',
];

/** Returns a random moment of a step, within a number of requests or seconds. */
export function momentOf(dice: Dice, requests: number, seconds: number): Moment {
  return dice.chance(0.6)
    ? { request: dice.below(requests), ...dice.maybe(0.5, { isSent: true as const }) }
    : { seconds: Math.round(dice.next() * seconds * 1000) / 1000 };
}

/** Returns up to four random faults of a step. */
export function faultsOf(dice: Dice, isEarly: boolean): readonly FaultPlan[] {
  const count = dice.pick(isEarly ? [1, 2, 2, 3, 4] : [0, 0, 1, 2, 2, 3, 4]);
  return Array.from({ length: count }, () => ({
    name: dice.pick(dice.chance(0.25) ? FINAL : PASSING),
    from: dice.below(isEarly ? 10 : dice.pick([8, 15, 30, 60])),
    times: dice.pick([1, 1, 1, 1, 1, 1, 2, 4, 12, 40]),
    only: dice.pick(['any', 'any', 'send', 'github', 'openhands'] as const),
  }));
}

/**
 * Adds faults to messages, and to the writing of comments: few requests are one of these, so that other faults seldom fit. The dice are
 * others, so that the rest of a history does not depend on it.
 */
export function withAimedFaults(seed: number, steps: readonly StepPlan[]): readonly StepPlan[] {
  const dice = diceOf(seed * 2_236_067 + 37);
  return steps.map((step) => {
    const ofMessage = {
      name: dice.pick(OF_MESSAGES),
      from: 0,
      times: dice.pick([1, 1, 1, 2]),
      only: 'message' as const,
    };
    // Main tries twice, and post goes on.
    const ofComment = {
      name: dice.pick(dice.chance(0.5) ? FINAL : PASSING),
      from: dice.pick([0, 8, 15, 30]),
      times: dice.pick([1, 3, 4, 5, 8]),
      only: 'comment' as const,
    };
    const [hasOfMessage, hasOfComment] = [dice.chance(0.2), dice.chance(0.1)];
    return {
      ...step,
      faults: [...step.faults, ...(hasOfMessage ? [ofMessage] : []), ...(hasOfComment ? [ofComment] : [])],
    };
  });
}

/** Returns a random outage. */
export function outageOf(dice: Dice): Outage {
  const from = dice.below(120);
  return {
    from,
    to: from + dice.pick([10, 40, 90, 300, 100_000]),
    isOfGithub: dice.chance(0.3),
    name: dice.pick([...OUTAGES, ...DATES]),
  };
}
