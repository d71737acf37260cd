import type { ScenarioName } from '../simulator/server/scenarios.ts';
import { scenarioNames } from '../simulator/server/story.ts';
import { crowdOf } from './crowd.ts';
import { type Dice, diceOf } from './dice.ts';
import {
  DEEDS,
  type History,
  type PushPlan,
  RESTARTS,
  type ServerKind,
  type ServerPlan,
  type StepPlan,
} from './history.ts';
import { withActors } from './plan-actors.ts';
import { faultsOf, momentOf, outageOf, withAimedFaults } from './plan-faults.ts';
import { withFeedback } from './plan-feedback.ts';
import { withFolders } from './plan-folders.ts';
import { inputsOf } from './plan-inputs.ts';
import { othersOf, picturesOf } from './plan-pictures.ts';
import { isPlanned, plannedOf } from './plan-tasks.ts';
import { withThreads } from './plan-threads.ts';

/** One history in this many is a crowd: many jobs at once on one account. */
const CROWD_EVERY = 500;
/** A quarter of the histories has early faults, a quarter wrong clocks. A quarter has no faults and more cancels: promises have no exceptions there. */
type Mix = 'early' | 'clocks' | 'calm' | 'any';

/** All that the simulator has, and the common ones more often. */
const SCENARIOS: readonly ScenarioName[] = [
  ...scenarioNames().filter((name) => !isPlanned(name) && name !== 'feedback'),
  ...Array.from({ length: 8 }, () => 'finish' as const),
  ...Array.from({ length: 3 }, () => 'forever' as const),
  ...Array.from({ length: 4 }, () => 'done' as const),
  ...Array.from({ length: 2 }, () => ['forgetful', 'forgets-forever'] as const).flat(),
];

/** Returns the history of a seed. */
export function historyOf(seed: number): History {
  if (seed % CROWD_EVERY === CROWD_EVERY - 1) return crowdOf(seed);
  const dice = diceOf(seed * 2_654_435 + 17);
  const mix = (['early', 'clocks', 'calm', 'any'] as const)[seed % 4] ?? 'any';
  const count = dice.pick([1, 1, 1, 1, 1, 2, 2, 2, 3, 5]);
  const server = serverOf(dice, mix, count);
  const frame = frameOf(dice, server, mix, count);
  const steps: StepPlan[] = [];
  for (let index = 0; index < count; index += 1) steps.push(stepOf(dice, frame, steps));
  const disturbed = mix === 'calm' ? steps : withAimedFaults(seed, steps);
  const pushes = pushesOf(dice);
  const restarts = restartsOf(seed, server);
  const people = [...peopleOf(dice), ...restarts].sort((one, other) => one.at - other.at);
  const all = {
    server: {
      ...server,
      ...plannedOf(seed, server),
      ...(frame.isReview && { scenario: 'review' as const }),
      ...(frame.isReview && frame.isFork && { isFork: true as const }),
      ...othersOf(seed, server, restarts.length > 0),
    },
    steps: dice.chance(frame.isKeyed ? 0.2 : 0) ? withEarlier(dice, disturbed) : disturbed,
  };
  const { server: placed, steps: inFolders } = withFolders(seed, all);
  const asked = withFeedback(seed, { server: placed, steps: withActors(seed, inFolders) });
  const whole = withThreads(seed, asked);
  return { seed, ...picturesOf(seed), pushes, people, ...whole };
}

function serverOf(dice: Dice, mix: Mix, count: number): ServerPlan {
  const kind = dice.pick(count > 1 ? MANY_STEPS : ONE_STEP);
  const isAlone = kind === 'agent-server';
  const ofCloud = (share: number): number => (kind === 'v1' ? share : 0);
  const ofV1 = (share: number): number => (kind === 'v1' || kind === 'self-hosted' ? share : 0);
  return {
    kind,
    scenario: dice.pick(SCENARIOS),
    ...dice.maybe(ofCloud(0.1), { isShared: true as const }),
    ...dice.maybe(ofCloud(0.15), { isShared: true as const, hasNeighbor: true as const }),
    ...dice.maybe(ofV1(0.05), { ignoresIds: true as const }),
    ...dice.maybe(ofV1(0.15), { reservesIds: true as const }),
    ...dice.maybe(ofCloud(0.1), { hidesDeleted: true as const }),
    ...dice.maybe(0.3, { hasNoSockets: true as const }),
    ...dice.maybe(0.05, { hasNoPrices: true as const, hasNoSockets: true as const }),
    ...dice.maybe(ofCloud(0.1), { hasLimits: true as const }),
    ...dice.maybe(isAlone ? 0.15 : 0, { version: '1.49.1' }),
    ...dice.maybe(mix === 'clocks' ? 0.6 : 0, { wrongDates: 0.7 }),
  };
}

const ONE_STEP: readonly ServerKind[] = [
  'v1',
  'v1',
  'v1',
  'self-hosted',
  'agent-server',
  'agent-server',
  'v0',
];
const MANY_STEPS: readonly ServerKind[] = ['v1', 'v1', 'self-hosted', 'agent-server', 'agent-server'];

/** What all steps of a history have in common. */
interface Frame {
  readonly kind: ServerKind;
  readonly isKeyed: boolean;
  readonly isReview: boolean;
  readonly isFork: boolean;
  readonly mix: Mix;
  readonly hasWrongDates: boolean;
}

function frameOf(dice: Dice, { kind, scenario, wrongDates }: ServerPlan, mix: Mix, count: number): Frame {
  const common = { kind, mix, hasWrongDates: wrongDates !== undefined };
  if (kind === 'v0') return { ...common, isKeyed: false, isReview: false, isFork: false };
  const isReview = scenario === 'review' || dice.chance(0.05);
  const isFork = isReview && kind === 'agent-server' && dice.chance(0.5);
  return { ...common, isKeyed: count > 1 || isReview || dice.chance(0.5), isReview, isFork };
}

function stepOf(dice: Dice, frame: Frame, before: readonly StepPlan[]): StepPlan {
  const isEarly = frame.mix === 'early';
  // Of the clocks, the server's or the first runner's is wrong.
  const aheadShare = frame.hasWrongDates || before.length > 0 ? 0.5 : 1;
  return {
    ...placeOf(dice, frame, before),
    ...dice.maybe(frame.mix === 'clocks' ? aheadShare : 0, { ahead: dice.pick(AHEAD) }),
    faults: frame.mix === 'calm' ? [] : faultsOf(dice, isEarly),
    ...dice.maybe(0.12, { outage: outageOf(dice) }),
    ...dice.maybe(isEarly || frame.mix === 'calm' ? 0.5 : 0.3, {
      cancel: momentOf(dice, isEarly ? 14 : 30, 80),
    }),
    ...dice.maybe(0.2, { kill: momentOf(dice, isEarly ? 14 : 30, 60) }),
    post: {
      delay: dice.pick([0.5, 1, 1, 3, 30]),
      ...dice.maybe(0.05, { isGone: true as const }),
      ...dice.maybe(0.06, { kill: momentOf(dice, 12, 60) }),
    },
  };
}

/** How far the time of day of a runner is ahead, in seconds. */
const AHEAD = [-600, -90, 45, 120, 600];
/** How long after another step a step begins. */
const PAUSES = [1, 5, 30, 60, 300, 3000];

/** Returns when a step begins, in which run, and with which inputs. */
function placeOf(
  dice: Dice,
  frame: Frame,
  before: readonly StepPlan[],
): Pick<StepPlan, 'at' | 'after' | 'run' | 'attempt' | 'continues' | 'inputs'> {
  const number = before.length;
  if (number === 0) return { at: 0, run: 100, attempt: 1, inputs: inputsOf(dice, frame, 0) };
  const other = dice.below(number);
  // A review is mostly done again by another attempt of its run.
  const again = dice.chance(frame.isReview ? 0.7 : 0.2) ? before[other] : undefined;
  if (again !== undefined) {
    const { run, inputs, continues } = again;
    const attempt = before.filter((each) => each.run === run).length + 1;
    // After the newest attempt: a run has one at a time.
    const after = before.findLastIndex((each) => each.run === run);
    return {
      at: dice.pick(PAUSES),
      after,
      run,
      attempt,
      inputs,
      ...(continues !== undefined && { continues }),
    };
  }
  const when = dice.chance(0.3) ? { at: dice.pick(PAUSES), after: other } : { at: dice.pick(DELAYS) };
  const run = 100 + number;
  if (!frame.isReview && dice.chance(0.1)) {
    const inputs = inputsOf(dice, { ...frame, isKeyed: false, isFollowUp: true }, number);
    return {
      ...when,
      run,
      attempt: 1,
      continues: other,
      inputs: dice.chance(0.4) ? withoutMessage(inputs) : inputs,
    };
  }
  return { ...when, run, attempt: 1, inputs: inputsOf(dice, frame, number) };
}

/** Without a message, a step only waits. */
function withoutMessage(inputs: StepPlan['inputs']): StepPlan['inputs'] {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== 'message'));
}

/** How long after the beginning a step begins that does not wait for another one. */
const DELAYS = [0, 0.001, 0.3, 1, 2, 5, 10, 20, 45, 90];

function pushesOf(dice: Dice): readonly PushPlan[] {
  const count = dice.pick([0, 0, 0, 1, 2, 3]);
  return Array.from({ length: count }, () => dice.pick(PUSHES));
}

const PUSHES: readonly PushPlan[] = [{ check: 'success' }, { check: 'success' }, { check: 'failure' }, {}];

function peopleOf(dice: Dice): History['people'] {
  const count = dice.pick([0, 0, 0, 0, 0, 1, 1, 2]);
  return Array.from({ length: count }, () => ({
    at: 1 + dice.below(dice.pick([20, 60, 300])),
    what: dice.pick(DEEDS),
  }));
}

/** Returns when agent servers are stopped or killed. The dice are others, so that the rest of a history does not depend on it. */
function restartsOf(seed: number, { kind, hasNeighbor }: ServerPlan): History['people'] {
  const dice = diceOf(seed * 1_618_033 + 29);
  // The agent of the neighbor would not go on either.
  if (kind === 'v0' || hasNeighbor || !dice.chance(kind === 'agent-server' ? 0.35 : 0.12)) return [];
  return Array.from({ length: dice.pick([1, 1, 1, 2, 5]) }, () => ({
    // Mostly while a start, a message or an agent is under way.
    at: Math.round(dice.next() * dice.pick([10, 30, 30, 300]) * 100) / 100,
    what: dice.pick(RESTARTS),
  }));
}

const EARLIER_SCENARIOS = ['finish', 'error', 'forever', 'blocked', 'paused', 'missing'] as const;

/** Puts a step before the others, without faults, that starts the conversation of the key and does not wait. */
function withEarlier(dice: Dice, steps: readonly StepPlan[]): readonly StepPlan[] {
  const message = `Task of step e.\nsimulate: ${dice.pick(EARLIER_SCENARIOS)}`;
  const key = steps[0]?.inputs['idempotency-key'] ?? 'issue-12';
  const earlier = {
    at: 0,
    run: 99,
    attempt: 1,
    inputs: { message, 'idempotency-key': key },
    faults: [],
    post: { delay: 1 },
  };
  const wait = dice.pick([30, 120, 3000]);
  const later = steps.map(({ at, after, continues, ...step }) => ({
    ...step,
    at: after === undefined ? at + wait : at,
    ...(after !== undefined && { after: after + 1 }),
    ...(continues !== undefined && { continues: continues + 1 }),
  }));
  return [earlier, ...later];
}
