import type { Fault } from '../simulator/faults.ts';
import { FAULTS } from '../testbed/faults.ts';
import { handOver, isOfGithub, type Mishap } from '../testbed/mishap.ts';
import type { Disturb } from '../testbed/network.ts';
import { diceOf } from './dice.ts';
import type { FaultPlan, History, Outage, StepPlan } from './history.ts';
import { pictureFaultsOf } from './pictures.ts';
import type { ToldRequest } from './told.ts';

/** A server to which a fault can be handed. */
interface Orders {
  readonly order: (fault: Fault) => void;
}

export interface Disturbed {
  readonly plan: StepPlan;
  readonly history: Pick<History, 'seed' | 'server' | 'pictures'>;
  readonly simulator: Orders;
  readonly github: Orders;
  /** Whether the server is being restarted. */
  readonly isDown: () => boolean;
  /** Returns the seconds since the step began. */
  readonly seconds: () => number;
}

/** Returns the mishap of a fault of the matrix. */
function mishapNamed(name: string): Mishap {
  const fault = FAULTS.find((each) => each.name === name);
  if (fault === undefined) throw new Error(`the matrix has no fault "${name}"`);
  return fault.mishap;
}

/** In seconds after the server's time, or a text in place of it. */
const WRONG_DATES: readonly (number | string)[] = [
  ...[-600, -30, 30, 120, 600],
  '-271821-04-20T00:00:00Z',
  '',
];

/** Returns what happens to each request of a step, of main and of post. `onRequest` gets every request. */
export function disturberOf(
  { plan, history, simulator, github, isDown, seconds }: Disturbed,
  onRequest: (request: Pick<ToldRequest, 'method' | 'target' | 'mishap'>) => void,
): Disturb {
  const { seed, server } = history;
  const dice = diceOf(seed * 31 + plan.run * 7 + plan.attempt);
  const left = plan.faults.map(({ times }) => times);
  const pictureFault = pictureFaultsOf(history, plan);
  let at = -1;
  const faultAt = (method: string, target: string, isGithub: boolean): Mishap | undefined => {
    const index = plan.faults.findIndex(
      (each, number) => (left[number] ?? 0) > 0 && fits(each, at, method, target, isGithub),
    );
    const fault = plan.faults[index];
    if (fault === undefined) return undefined;
    left[index] = (left[index] ?? 0) - 1;
    return mishapNamed(fault.name);
  };
  const wrongDate = (): Mishap | undefined =>
    dice.chance(server.wrongDates ?? 0)
      ? { answer: { kind: 'date', date: dice.pick(WRONG_DATES) } }
      : undefined;
  return (method, target) => {
    at += 1;
    const isGithub = isOfGithub(target);
    const mishap =
      (!isGithub && isDown() ? mishapNamed('connection refused') : undefined) ??
      outageAt(plan.outage, seconds(), isGithub) ??
      faultAt(method, target, isGithub) ??
      pictureFault(target) ??
      (isGithub ? undefined : wrongDate());
    onRequest({ method, target, ...(mishap && { mishap }) });
    return mishap && handOver(mishap, isGithub ? github : simulator, method, target);
  };
}

/** The requests that write comments, on an issue or in a thread of a review. */
export const COMMENTS =
  /\/(?:issues\/(?:\d+\/comments|comments\/\d+)|pulls\/(?:\d+\/comments\/\d+\/replies|comments\/\d+))$/;

function fits(
  { from, only }: FaultPlan,
  at: number,
  method: string,
  target: string,
  isGithub: boolean,
): boolean {
  if (at < from) return false;
  if (only === 'message') return method === 'POST' && /\/(?:send-message|events)$/.test(target);
  if (only === 'comment') return method !== 'GET' && COMMENTS.test(target);
  if (only === 'send') return method !== 'GET';
  return only === 'any' || (only === 'github') === isGithub;
}

function outageAt(outage: Outage | undefined, seconds: number, isGithub: boolean): Mishap | undefined {
  if (outage?.isOfGithub !== isGithub) return undefined;
  return seconds >= outage.from && seconds < outage.to ? mishapNamed(outage.name) : undefined;
}
