import { type Dice, diceOf } from '../../histories/dice.ts';

/** What a step does as the server is ended: it starts a conversation, or sends another message. */
export type Moment = 'start' | 'follow-up';

/** A day of a server: it is ended while steps use it, and started again. */
export interface Day {
  /** The name in messages, such as `port-2`. */
  readonly name: string;
  readonly signal: 'SIGTERM' | 'SIGKILL';
  /** What the server has just stored as it gets the signal. */
  readonly moment: Moment;
  /** From then to the signal, in milliseconds. */
  readonly afterMs: number;
  /** How long before the step of the moment another one begins that does the other thing, in milliseconds. */
  readonly otherMs: number;
  /** The conversation that another step attaches to: that of a tool at work, or of a call of the model. */
  readonly attachesTo: 'tool' | 'model';
  /** When another step is canceled: the time from the signal, in milliseconds; negative before it. */
  readonly cancelMs: number;
  /** How long after the server begins to pause its agents the tool ends and the model answers, in milliseconds. */
  readonly workMs: number;
  /** For how long nothing listens on the port once the server has ended, in milliseconds, besides its own start. */
  readonly awayMs: number;
}

/** The days of two servers: steps reach the one by its port, the other through the ingress of Agent Canvas. */
export interface Plan {
  readonly port: readonly Day[];
  readonly ingress: readonly Day[];
}

const KINDS = (['SIGKILL', 'SIGTERM'] as const).flatMap((signal) =>
  (['start', 'follow-up'] as const).map((moment) => ({ signal, moment })),
);

/** Draws the days of a run. Each server has each kind of day once, so that a run has each twice. */
export function planDays(seed: number): Plan {
  const dice = diceOf(seed);
  return { port: daysOf('port', dice), ingress: daysOf('ingress', dice) };
}

function daysOf(server: string, dice: Dice): readonly Day[] {
  const left = [...KINDS];
  return KINDS.flatMap((_, index) =>
    left.splice(dice.below(left.length), 1).map((kind) => ({
      name: `${server}-${index + 1}`,
      ...kind,
      afterMs: dice.below(dice.pick([30, 300])),
      otherMs: dice.below(1_500),
      attachesTo: dice.pick(['tool', 'model'] as const),
      cancelMs: dice.below(10_000) - 1_500,
      workMs: 500 + dice.below(3_000),
      awayMs: dice.below(2_000),
    })),
  );
}

/** Describes a day. */
export function describeDay({ name, signal, moment, afterMs, attachesTo, ...day }: Day): string {
  const parts = [
    `${signal} ${afterMs} ms after a ${moment} is stored, the other ${day.otherMs} ms before`,
    `one attaches to the ${attachesTo}`,
    `one is canceled at ${day.cancelMs} ms`,
    `work ends at ${day.workMs} ms`,
    `away for ${day.awayMs} ms`,
  ];
  return `${name}: ${parts.join(', ')}`;
}
