import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import { orderedScenario, scenarioOf } from '../../simulator/server/story.ts';
import type { Happening } from '../../simulator/server/timeline.ts';
import { ENDINGS } from '../../testbed/endings.ts';
import { CROWD_JOBS, isCrowd } from '../crowd.ts';
import type { Deed, ServerKind, ServerPlan } from '../history.ts';
import type { Played } from '../play.ts';
import { errorsOf, isWaiting, textOf, timeoutOf, type ToldRequest, type ToldStep } from '../told.ts';
import { agentsOf, conversationsOf, eventsOf, toldId, workersOf } from '../truth.ts';
import { isUncloned } from './clones.ts';
import { mayAct } from './permissions.ts';
import { isToldOfNoTools } from './tools.ts';
import { type Check, ofEachStep } from './violation.ts';

/** A step ends before its deadline if a wait that the server asks for would pass it. Faults ask for at most seven seconds, and a client adds up to ten because the account is crowded. */
const MAX_ASKED_SECONDS = 17;

/** A step by itself ends as its agent does, or for one of the causes that it had. */
export const endsAsItShould = ofEachStep('the end is true', (step, played) => {
  const { status = '' } = step.outputs;
  if (HAS_ANSWERED.has(status) && sawAll(step) && hasForgotten(step, played))
    return [`${status}, and the agent had forgotten its message`];
  if (status === 'timed-out' && sawAll(step) && onlyForgets(step, played))
    return [`${status}, and the agent only forgot, again and again`];
  if (!isAlone(step, played)) return [];
  const allowed = allowedEnds(step, played);
  return allowed.has(status)
    ? []
    : [`${status}, where only ${[...allowed].join(', ')} can be: ${errorsOf(step).join()}`];
});

/** The ends of steps whose agents have answered their messages. */
const HAS_ANSWERED: ReadonlySet<string> = new Set(['finished', 'invalid-output', 'not-done']);

/** Whether the agent of a step has forgotten its newest message, and has done nothing since. */
function hasForgotten(step: ToldStep, played: Played): boolean {
  const newest = doneBy(step, played, step.endedAt).at(-1);
  return newest?.kind === 'condensation' && newest.forgets === 'message';
}

/** Whether nothing kept a step from reading what its agent did. */
function sawAll({ requests }: ToldStep): boolean {
  return requests.every(({ mishap }) => mishap === undefined);
}

/** A step sees by then what its agent does, if nothing is in its way. */
const SEEN_AFTER = 150;

/** Whether the agent of a step has done nothing but forget for long. One that refuses the step's message may be paused all the time. */
function onlyForgets(step: ToldStep, played: Played): boolean {
  const sent = step.requests.findLast(({ message }) => message !== undefined);
  if ((sent?.status ?? 0) >= 400) return false;
  const newest = doneBy(step, played, step.endedAt - SEEN_AFTER).slice(-3);
  return newest.length === 3 && newest.every(({ kind }) => kind === 'condensation');
}

/** Returns what an agent has got and done by a time, oldest first. V0 does not tell what it forgets. */
function doneBy(
  step: ToldStep,
  played: Played,
  time: number,
): readonly Extract<Happening, { readonly kind: (typeof DONE)[number] }>[] {
  if (played.history.server.kind === 'v0') return [];
  return agentsOf(played, toldId(step)).flatMap((agent) =>
    eventsOf(agent, played, ...DONE).flatMap(({ at, happening }) => (at <= time ? [happening] : [])),
  );
}

const DONE = ['user-message', 'condensation', 'command', 'edit'] as const;

const PLAIN_INPUTS: ReadonlySet<string> = new Set([
  'api-key',
  'base-url',
  'api-version',
  'message',
  'poll',
  'timeout-seconds',
  'stop-on-cancel',
  'stop-on-timeout',
  'poll-interval-seconds',
  'comment',
  'issue-number',
  'idempotency-key',
  'if-exists',
  'trajectory-file',
  'branch',
  'repository',
  'require-permission',
  'allowed-bots',
]);

/** How a step can also end with an input. */
const MORE_ENDS: Readonly<Record<string, readonly string[]>> = {
  'max-cost-usd': ['over-budget'],
  'on-paused': ['paused', 'finished'],
  'require-result': ['invalid-output', 'not-done'],
  'output-schema': ['invalid-output'],
};

/** What people do that changes nothing for an agent. */
const HARMLESS: ReadonlySet<string> = new Set<Deed['what']>([
  'delete comment',
  'edit comment',
  'merge',
  'close',
  'push',
]);

/** Whether nothing but the agent, the faults and the clock decides how a step ends. */
function isAlone({ main, inputs }: ToldStep, { steps, deeds }: Played): boolean {
  const isPlain = Object.keys(inputs).every((name) => PLAIN_INPUTS.has(name) || name in MORE_ENDS);
  const isLeftAlone = deeds.every(({ what }) => HARMLESS.has(what));
  return main === 'done' && isPlain && steps.length === 1 && isLeftAlone;
}

/** Lines that a step logs once its end is known: after that, it may be canceled while it pauses its agent, or writes the comment. */
const ENDS = /^Status: |Pausing the agent/;

/** Returns how a step by itself may end: as its agent does, or for a cause that it had, as the pages name them. */
function allowedEnds(step: ToldStep, played: Played): ReadonlySet<string> {
  const { startedAt, endedAt, cancelledAt = Number.POSITIVE_INFINITY, requests, lines } = step;
  const seconds = endedAt - startedAt;
  const timeout = timeoutOf(step);
  const without = (status: string): string => (toldId(step) === '' ? 'start-failed' : status);
  const hasFailed = requests.some(({ by, mishap }) => by === 'main' && mishap !== undefined);
  const endsAt = lines.find(({ text }) => ENDS.test(text))?.at ?? Number.POSITIVE_INFINITY;
  const hasEndedBefore = endsAt <= cancelledAt;
  if (!hasEndedBefore && cancelledAt < Math.min(endedAt, startedAt + timeout))
    return new Set(['cancelled', ...(hasFailed ? ['start-failed', 'unreachable'] : [])]);
  return new Set([
    ...(cancelledAt <= endedAt ? ['cancelled'] : []),
    ...(seconds + MAX_ASKED_SECONDS >= timeout ? [without('timed-out')] : []),
    ...(hasFailed ? ['start-failed', 'unreachable'] : []),
    ...Object.keys(step.inputs).flatMap((name) => MORE_ENDS[name] ?? []),
    ...(isWithoutClone(step, played) ? ['start-failed'] : []),
    ...(textOf(step).includes('last answer could not be read') ? ['finished'] : []),
    ...(mayAct(step) ? trueEnds(step, played) : ['skipped']),
  ]);
}

/** Whether the agent of a step had no clone of its repository, whoever has cloned it into its sandbox later. */
function isWithoutClone(step: ToldStep, played: Played): boolean {
  return conversationsOf(played, toldId(step)).some((each) => isUncloned(each, played.history));
}

/**
 * A step fails to start only for a cause: a request that failed, its deadline, a cancel, a person, its repository, tools of the server, or an
 * agent that never gets its message.
 */
export const failsForCause = ofEachStep('a failed start has a cause', (step, played) => {
  const { main, outputs, requests, inputs, startedAt, endedAt, cancelledAt } = step;
  if (main !== 'done' || outputs['status'] !== 'start-failed') return [];
  const hasCause =
    cancelledAt !== undefined ||
    played.deeds.some(({ what }) => what === 'delete') ||
    endedAt - startedAt + MAX_ASKED_SECONDS >= timeoutOf(step) ||
    requests.some(hasGoneWrong) ||
    played.steps.some(leavesFault) ||
    played.history.server.scenario === 'stands-still' ||
    isWithoutClone(step, played) ||
    (inputs['tools'] === 'none' && !isToldOfNoTools(step, played)) ||
    startsThatFail(played) ||
    refusesInputs(played.history.server, inputs);
  return hasCause ? [] : [`nothing was in its way: ${errorsOf(step).join()}`];
});

/** Whether a request had a fault or no success. A folder without a repository is no failure. */
function hasGoneWrong({ mishap, status = 0, target }: ToldRequest): boolean {
  return mishap !== undefined || status === 0 || (status >= 400 && !target.includes('/api/file/archive'));
}

/** Whether a step was canceled before its request met a fault: the next request to this path meets it, whichever step sends that. */
function leavesFault({ requests }: ToldStep): boolean {
  return requests.some(({ mishap, status }) => mishap !== undefined && status === undefined);
}

/** Whether a server has nothing to compare with for a patch, or is too old for a branch that must be the right one. */
function refusesInputs({ hasEmptyFolder, version }: ServerPlan, inputs: ToldStep['inputs']): boolean {
  const isCompared = 'patch-file' in inputs;
  const isTooOld = version !== undefined && 'branch' in inputs && (isCompared || inputs['review'] === 'true');
  return isTooOld || (hasEmptyFolder === true && isCompared);
}

/** Whether the server gives up on a start. */
function startsThatFail({ conversations }: Played): boolean {
  return conversations.some(({ state }) => state.version !== 'v0' && state.start === 'ERROR');
}

/** Returns how the agent of a step ends, as the step sees it, the expected end first. One that does not wait sees only a start that failed or is missing. */
function trueEnds(step: ToldStep, { history }: Played): readonly string[] {
  const { kind, scenario: usual } = history.server;
  const scenario: ScenarioName = orderedScenario(step.inputs['message'] ?? '') ?? usual;
  const end = endOf(scenario, kind);
  const hasAskedAgain = step.requests.some(
    ({ method, target }) => method === 'POST' && /\/(?:send-message|events)$/.test(target),
  );
  const next = hasAskedAgain ? endOfFollowUp(usual, kind) : end;
  if (!isWaiting(step) && end !== 'start-failed') return ['running', ...(end === 'missing' ? [end] : [])];
  // A look after the resume does not see the pause.
  return [end, next, ...(scenario === 'paused-resumed' ? ['finished'] : [])];
}

/** A message for a scenario without work has no effect. */
function endOfFollowUp(scenario: ScenarioName, kind: ServerKind): string {
  return scenarioOf(scenario).work.length === 0 ? 'error' : endOf(scenario, kind);
}

/** The ends of the scenarios of which the table has no line. */
const OTHER_ENDINGS: typeof ENDINGS = [
  ['done', 'finished', 'finished'],
  ['blocked', 'finished', 'finished'],
  ['json', 'finished', 'finished'],
  ['review', 'finished', 'finished'],
  ['second-review', 'finished', 'finished'],
  ['feedback', 'finished', 'finished'],
  ['hostile-triage', 'finished', 'finished'],
  ['large-events', 'finished', 'finished'],
  ['sandbox-busy', 'finished', 'error'],
  ['late-reason', 'error', 'error'],
  ['ignored', 'timed-out', 'timed-out'],
];

function endOf(scenario: ScenarioName, kind: ServerKind): string {
  const line = [...ENDINGS, ...OTHER_ENDINGS].find(([name]) => name === scenario);
  if (line === undefined) throw new Error(`nobody says how ${scenario} ends`);
  return kind === 'v0' ? line[2] : line[1];
}

/** The jobs of a crowd all end as their agents do, and soon; few requests are refused, and no agent is left alone. */
export const crowdIsServed: Check = (played) => {
  const { history, steps, conversations, requests, epoch } = played;
  if (!isCrowd(history)) return [];
  const wrong = steps.flatMap((step) => {
    const [end] = trueEnds(step, played);
    const { status, reused } = step.outputs;
    return status === end && reused === 'false'
      ? []
      : [`job ${step.number}: ${status ?? step.main} instead of ${end ?? ''}`];
  });
  const begun = requests
    .filter(({ method, status }) => method === 'POST' && status === 200)
    .map(({ at }) => at);
  const refused = requests.filter(({ status }) => status === 429).length / requests.length;
  const lastBegunAt = (Math.max(...begun) - epoch) / 1000;
  return [
    ...wrong,
    ...(workersOf(played).length > 0 ? ['agents are left at work'] : []),
    ...(conversations.length === CROWD_JOBS ? [] : [`${conversations.length} conversations`]),
    // Each comes back when the server says, so that none is blind for long.
    ...(refused < 0.33 ? [] : [`${(refused * 100).toFixed(0)} % of the requests were refused`]),
    ...(lastBegunAt < 400 ? [] : [`the last job has its conversation after ${lastBegunAt.toFixed(0)} s`]),
  ].map((text) => ({ promise: 'a crowd is served', text }));
};
