import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { isAtWork, type Mishap, play, type SentRequest, type StepRun } from '../support/play.ts';
import { SUCCEEDS } from '../support/statuses.ts';
import { ENDINGS } from './endings.ts';
import { FAULTS, leaks } from './matrix.ts';

/**
 * Conversations with random events of all kinds at once: any fault at every fifth request, both versions of the API,
 * all kinds of agents, cancels and deadlines at any moment. Each is checked against what the contract allows for the
 * scenario and its faults, and against the state of the server at the end.
 */

type Status = Outcome['status'];

/** The share of requests that fail. */
const FAILING = 0.2;
/** The share of those that fail for good. With more, hardly any conversation would reach its end. */
const FINAL = 0.05;

/** The runner gives a canceled step 7.5 seconds. */
const GRACE_SECONDS = 7.5;
/** The runner does not end a step at its deadline, so there is half a minute to stop the agent. */
const STOP_SECONDS = 30;
/** Faults ask for at most seven seconds, and the client adds up to ten because the account is crowded. */
const MAX_ASKED_SECONDS = 17;

/** The plan of one conversation. */
export interface Plan {
  readonly number: number;
  readonly scenario: ScenarioName;
  readonly version: 'v1' | 'v0';
  readonly polled: boolean;
  readonly timeoutSeconds: number;
  readonly cancelAt: number | undefined;
  readonly stopOn: { readonly cancel: boolean; readonly deadline: boolean };
  /** Whether requests stop failing once the step is canceled or timed out. */
  readonly calm: boolean;
  /** Whether the server uses the chosen id for the conversation. */
  readonly honoursId: boolean;
  readonly shared: boolean;
  readonly key: boolean;
  readonly trajectory: boolean;
}

/** The run of a conversation, and what the contract does not allow in it. */
export interface Judged {
  readonly plan: Plan;
  readonly ran: StepRun;
  readonly failed: number;
  readonly verdict: Verdict;
}

/** Each list says what is wrong. All of them must be empty. */
export interface Verdict {
  readonly ending: readonly string[];
  readonly duplicates: readonly string[];
  readonly leftAtWork: readonly string[];
  readonly leaked: readonly string[];
}

/**
 * Returns random numbers in [0, 1) from a seed. The generator is mulberry32, which its author put into the public
 * domain.
 */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(random: () => number, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('there is nothing to pick from');
  return value;
}

/** Returns the plan of one conversation. It depends only on seed and number, so that one can be repeated. */
export function planOf(seed: number, number: number): Plan {
  const random = randomOf(seed * 1_000_003 + number);
  const chance = (share: number): boolean => random() < share;
  const version = pick(random, ['v1', 'v0'] as const);
  const [scenario] = chance(0.3) ? (['finish'] as const) : pick(random, ENDINGS);
  return {
    number,
    scenario,
    version,
    polled: chance(0.95),
    timeoutSeconds: chance(0.2) ? 5 + Math.floor(random() * 120) : 1800,
    cancelAt: chance(0.25) ? random() * 90 : undefined,
    stopOn: { cancel: chance(0.75), deadline: chance(0.5) },
    calm: chance(0.5),
    honoursId: chance(0.9),
    shared: version === 'v1' && chance(0.1),
    key: version === 'v1' && chance(0.3),
    trajectory: chance(0.3),
  };
}

/** Runs a planned conversation, and checks it. */
export async function runPlan(seed: number, plan: Plan): Promise<Judged> {
  const { scenario, version, polled, timeoutSeconds, cancelAt, stopOn, shared, honoursId, key, trajectory } =
    plan;
  const random = randomOf(seed * 7_000_003 + plan.number);
  const mishapOf = ({ method, at }: SentRequest): Mishap | undefined => {
    if (random() >= FAILING || (plan.calm && at >= latestEnd(plan))) return undefined;
    const faults = FAULTS_OF[method === 'POST' ? 'send' : 'read'];
    return pick(random, random() < FINAL ? faults.final : faults.passing).mishap;
  };
  const inputs = {
    'api-version': version,
    poll: String(polled),
    'timeout-seconds': String(timeoutSeconds),
    'stop-on-cancel': String(stopOn.cancel),
    'stop-on-timeout': String(stopOn.deadline),
    ...(key && { 'idempotency-key': 'issue-12' }),
    ...(trajectory && polled && { 'trajectory-file': 'trajectory' }),
  };
  const ran = await play(scenario, version, inputs, [], {
    mishapOf,
    random,
    neighbor: shared,
    simulator: { sharedSandbox: shared, honourConversationId: honoursId },
    ...(cancelAt !== undefined && { cancelAt }),
  });
  const failed = ran.requests.filter(({ mishap }) => mishap !== undefined).length;
  return { plan, ran, failed, verdict: judge(plan, ran) };
}

const ONCE = FAULTS.filter(({ mishap }) => mishap.times === undefined);
const READS = ONCE.filter(({ read }) => read !== undefined);
const FAULTS_OF = {
  read: {
    final: READS.filter(({ read }) => read === 'final'),
    passing: READS.filter(({ read }) => read !== 'final'),
  },
  send: {
    final: ONCE.filter(({ send }) => send === 'refused'),
    passing: ONCE.filter(({ send }) => send !== 'refused'),
  },
};

/** Returns the time by which a step is canceled or timed out, in seconds. */
function latestEnd({ timeoutSeconds, cancelAt = Number.POSITIVE_INFINITY }: Plan): number {
  return Math.min(timeoutSeconds, cancelAt);
}

/** Checks a conversation against the contract. It uses nothing of the code under test. */
function judge(plan: Plan, ran: StepRun): Verdict {
  // A failed start is not a conversation. With a key it is started again.
  const started = ran.left.filter(({ state }) => state.version === 'v0' || state.start !== 'ERROR').length;
  return {
    ending: [...wrongEnding(plan, ran), ...wrongWords(ran)],
    duplicates: started > 1 ? [`${started} conversations`] : [],
    leftAtWork: leftAtWork(plan, ran),
    leaked: leaks(ran).map((place) => `a secret in the ${place}`),
  };
}

function wrongEnding(plan: Plan, ran: StepRun): readonly string[] {
  const { status } = ran.outcome;
  const allowed = allowedEndings(plan, ran);
  const isTimedOut = status === 'timed-out' && plan.stopOn.deadline;
  const isLate = ran.seconds > latestEnd(plan) + (isTimedOut ? STOP_SECONDS : GRACE_SECONDS);
  return [
    ...(allowed.has(status) ? [] : [`${status}, where only ${[...allowed].join(', ')} can be`]),
    ...(isLate ? [`it took ${ran.seconds} s`] : []),
    ...falselyFinished(ran),
  ];
}

/** Returns every status that can be true: how the agent ends, and for each cause of another end, that end. */
function allowedEndings(plan: Plan, ran: StepRun): ReadonlySet<Status> {
  const { cancelAt = Number.POSITIVE_INFINITY, timeoutSeconds } = plan;
  const { seconds, requests, post, runner } = ran;
  const without = (status: Status): Status => ('conversation-id' in runner.outputs ? status : 'start-failed');
  // After a cancel during the step only one status is true.
  if (cancelAt < Math.min(seconds, timeoutSeconds)) return new Set(['cancelled']);
  const hasFailed = requests.slice(0, post?.from).some(({ mishap }) => mishap !== undefined);
  return new Set<Status>([
    ...(cancelAt <= seconds ? (['cancelled'] as const) : []),
    // A step also ends if a wait that the server asks for would pass the deadline.
    ...(seconds + MAX_ASKED_SECONDS >= timeoutSeconds ? [without('timed-out')] : []),
    ...(hasFailed ? [without('unreachable')] : []),
    ...trueEndings(plan),
  ]);
}

function trueEndings({ scenario, version, polled }: Plan): readonly Status[] {
  const row = ENDINGS.find(([name]) => name === scenario);
  if (row === undefined) throw new Error(`the contract says nothing of ${scenario}`);
  const [, v1, v0] = row;
  const truth = version === 'v1' ? v1 : v0;
  if (!polled && truth !== 'start-failed') return ['running'];
  // A look after the resume does not see the pause.
  if (scenario === 'paused-resumed') return [truth, 'finished'];
  // The step waits until the deadline, which is the default if the plan has none.
  return truth === 'timed-out' ? [] : [truth];
}

/** Returns what is wrong with a status of finished: the agent must have finished. */
function falselyFinished({ outcome, left: [conversation] }: StepRun): readonly string[] {
  if (outcome.status !== 'finished') return [];
  if (conversation === undefined) return ['finished, and there is no conversation'];
  const { state } = conversation;
  const agent = state.version === 'v0' ? state.agentState : state.execution;
  const paused = state.version === 'v1' && state.sandbox === 'PAUSED';
  return agent === 'finished' || paused ? [] : [`finished, and the agent is ${agent ?? 'unknown'}`];
}

/**
 * Returns what is wrong with the error: a failed step has one line, others none. If a conversation may exist that the
 * step does not know, the error says where to look.
 */
function wrongWords({ outcome, runner, left }: StepRun): readonly string[] {
  const { failures, outputs } = runner;
  const known = outputs['conversation-id'];
  const lines = SUCCEEDS[outcome.status] ? 0 : 1;
  const look =
    left.length === 0 ||
    known !== undefined ||
    /check (?:at|the conversations at) http/.test(failures.join());
  const right = known === undefined || known.replaceAll('-', '') === left[0]?.id.replaceAll('-', '');
  return [
    ...(failures.length === lines ? [] : [`${failures.length} lines of error instead of ${lines}`]),
    ...(look || isStartRefused(left) ? [] : ['the error does not say where to look']),
    ...(right ? [] : ['another id than that of the conversation']),
    ...(outputs['status'] === outcome.status ? [] : ['another output than the status']),
  ];
}

function isStartRefused([conversation]: StepRun['left']): boolean {
  return conversation?.state.version === 'v1' && conversation.state.start === 'ERROR';
}

/**
 * Returns what is wrong with the agent after an early end: if it should be stopped, it is stopped. If that is
 * impossible, the error says so.
 */
function leftAtWork(plan: Plan, ran: StepRun): readonly string[] {
  const { outcome, runner, left, neighbor } = ran;
  if (neighbor !== undefined && !isAtWork(neighbor)) return ["somebody else's agent was stopped"];
  // V0 reports a conversation that it does not know as not running.
  const denied = plan.version === 'v0' && UNLISTED.includes(plan.scenario);
  if (!isToStop(plan, ran) || denied || !left.some(isAtWork)) return [];
  const isReported = /may continue|check at http/.test([...runner.log, ...runner.failures].join('\n'));
  if (!isReported) return [`${outcome.status}, the agent is at work, and no line says so`];
  return cannotStop(plan, ran) ? [] : [`${outcome.status}, and the agent is at work`];
}

function isToStop({ stopOn, polled }: Plan, { outcome, runner }: StepRun): boolean {
  const created = 'conversation-id' in runner.outputs;
  if (outcome.status === 'cancelled') return stopOn.cancel;
  return outcome.status === 'timed-out' && created && polled && stopOn.deadline;
}

/** The server does not list the conversation, which goes on. */
const UNLISTED: readonly ScenarioName[] = ['never-appears', 'vanish'];

/** Whether it was impossible to stop the agent, because the server failed or the conversation is unknown. */
function cannotStop(plan: Plan, ran: StepRun): boolean {
  const { version, scenario, calm, honoursId, shared } = plan;
  // Other conversations share the sandbox, so it is not paused, and no agent in it answers.
  const dead = shared && scenario === 'sandbox-died';
  // Its start never gets a sandbox that could be paused, nor an agent.
  const isStill = scenario === 'stands-still';
  const unlisted = UNLISTED.includes(scenario);
  const unknown = !('conversation-id' in ran.runner.outputs) && (version === 'v0' || !honoursId);
  return !calm || dead || isStill || unlisted || unknown;
}
