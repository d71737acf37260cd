import { canonicalId } from '../../simulator/ids.ts';
import { isRecord, type JsonObject, parseJson } from '../../simulator/json.ts';
import { SUCCEEDS } from '../../testbed/statuses.ts';
import type { Played } from '../play.ts';
import { costLimitOf, errorsOf, hasFault, isWaiting, textOf, type ToldStep } from '../told.ts';
import { agentsOf, answersOf, conversationsOf, costAt, deedTimes, eventsOf, toldId } from '../truth.ts';
import { taskIn } from './conversations.ts';
import { isCorrection } from './messages.ts';
import { mayAct } from './permissions.ts';
import { broken, ofEachStep } from './violation.ts';

const SUCCESSES: ReadonlySet<string> = new Set(
  Object.entries(SUCCEEDS).flatMap(([name, ok]) => (ok ? [name] : [])),
);
const STATUSES: ReadonlySet<string> = new Set(Object.keys(SUCCEEDS));

/** Whether a step is green. */
export function isGreen({ main, outputs }: ToldStep): boolean {
  return main === 'done' && SUCCESSES.has(outputs['status'] ?? '');
}

/** A failed step has one line of error and a kind, others have none. */
export const oneError = ofEachStep('one error', (step) => {
  if (step.main !== 'done') return [];
  const { outputs, lines } = step;
  const { status = '', 'failure-kind': kind = '' } = outputs;
  const errors = errorsOf(step).length;
  const isOk = isGreen(step);
  return broken([
    [STATUSES.has(status), `the status is "${status}"`],
    [errors === (isOk ? 0 : 1), `${errors} lines of error with ${status}`],
    [lines.every(({ by, kind: of }) => by === 'main' || of !== 'error'), 'post writes an error'],
    [(kind === '') === isOk, `the failure kind is "${kind}" with ${status}`],
    [kind !== 'unknown', `the failure kind is unknown: ${errorsOf(step).join()}`],
    [toldId(step) === '' || 'conversation-url' in outputs, 'there is an id and no address'],
  ]);
});

/** The summary ends with the status of the output, also if post has written it again. */
export const oneStatus = ofEachStep('one status', (step) => {
  const { main, outputs, page } = step;
  if (main !== 'done') return [];
  const [, shown = ''] = [...page.matchAll(/<sub>Status: ([a-z-]+)/g)].at(-1) ?? [];
  const { status = '' } = outputs;
  return broken([
    [shown === '' || shown === status, `the output is ${status}, the summary ends with ${shown}`],
  ]);
});

/** The id that a step outputs is that of a conversation on the server, and `finished` means that its agent has finished. */
export const outputsAreRight = ofEachStep('outputs are right', (step, played) => {
  const id = toldId(step);
  if (step.main !== 'done') return [];
  const isThere = id === '' || conversationsOf(played, id).length > 0;
  return [
    ...broken([
      [isThere, `there is no conversation ${id}`],
      [step.outputs['status'] !== 'skipped' || !mayAct(step), 'it is skipped'],
    ]),
    ...wrongEnd(step, played),
  ];
});

function wrongEnd(step: ToldStep, played: Played): readonly string[] {
  const { outputs, endedAt, inputs, files } = step;
  if (outputs['status'] !== 'finished') return [];
  const agents = agentsOf(played, toldId(step));
  const ends = agents
    .flatMap((agent) => eventsOf(agent, played, 'agent-state'))
    .filter(({ at }) => at <= endedAt);
  const answers = agents.flatMap((agent) => answersOf(agent, played)).filter(({ at }) => at <= endedAt);
  // The file has the whole answer, the output the beginning of a long one.
  const { 'response-file': response = outputs['response'] ?? '' } = files;
  return broken([
    [
      ends.some(({ happening: { agent } }) => HAS_FINISHED.has(agent)),
      'it is finished, and its agent has never finished',
    ],
    [
      response === '' || answers.some(({ text }) => text === response),
      `the agent never said: ${response.slice(-80)}`,
    ],
    [!inputs['wait-for-checks'] || 'checks' in outputs, 'it is finished without checks'],
    [!inputs['patch-file'] || 'patch-file' in outputs, 'it is finished without patch-file'],
    [!inputs['output-schema'] || 'structured-output' in outputs, 'it is finished without structured-output'],
  ]);
}

const HAS_FINISHED: ReadonlySet<string> = new Set(['finished', 'answered', 'stopped']);

/**
 * With `require-result`, a green step has an answer that says that it is done. If no request failed, an agent whose answer does not say it was
 * asked again.
 */
export const doneIsSaid = ofEachStep('done is said', (step, played) => {
  const { outputs, inputs, endedAt } = step;
  if (inputs['require-result'] === undefined) return [];
  if (outputs['status'] === 'invalid-output' && !step.requests.some(hasFault))
    return broken([[wasAskedAgain(step, played), 'nobody has asked the agent for another answer']]);
  if (outputs['status'] !== 'finished') return [];
  const answers = agentsOf(played, toldId(step)).flatMap((agent) => answersOf(agent, played));
  const newest = answers.findLast(({ at }) => at <= endedAt)?.text ?? '';
  return broken([
    [
      /Result: done\s*$/.test(newest),
      newest === ''
        ? 'the step is finished, and its agent has given no answer'
        : `the step is finished, and its agent's last answer ends with "${newest.slice(-60)}", not with "Result: done"`,
    ],
  ]);
});

/** Whether this step has asked for another answer, or another step has, whose request has arrived. */
function wasAskedAgain(step: ToldStep, played: Played): boolean {
  const hasSent = step.requests.some(({ message }) => message !== undefined && isCorrection(message));
  const told = agentsOf(played, toldId(step)).flatMap((agent) => eventsOf(agent, played, 'user-message'));
  return hasSent || told.some(({ happening }) => isCorrection(happening.text));
}

/** A cost that is told is one that the conversation had, and a limit that was reached was reached. */
export const costIsRight = ofEachStep('the cost is right', (step, played) => {
  const { outputs, endedAt } = step;
  const agents = agentsOf(played, toldId(step));
  if (agents.length === 0 || step.main !== 'done') return [];
  const told = Number(outputs['cost-usd'] ?? '0');
  const costs = agents.flatMap((each) =>
    eventsOf(each, played, 'cost').map(({ happening }) => happening.dollars),
  );
  const reached = Math.max(...agents.map((each) => costAt(each, played, endedAt)));
  const isOne = [0, ...costs].some((cost) => Math.abs(cost - told) < 1e-6);
  const mustSpeak = isGreen(step) && costLimitOf(step) < Number.POSITIVE_INFINITY && costs.length > 0;
  return broken([
    [isOne, `it tells the cost ${told}; the conversation's: ${costs.join(', ')}`],
    [outputs['status'] !== 'over-budget' || reached >= costLimitOf(step), `it is over budget at ${told}`],
    [!mustSpeak || told > 0 || speaksOfCost(step), 'it is green, has a limit, and says no word of the cost'],
  ]);
});

/** Whether a line has a word for the cost, the names of inputs aside. */
function speaksOfCost(step: ToldStep): boolean {
  return /(?<!-)\bcosts?\b(?!-)/i.test(textOf(step));
}

/** The outcome file says the same as the step, and no longer that it is unknown once post has run. */
export const fileIsRight = ofEachStep('the outcome file is right', (step, played) => {
  const { files, main, post } = step;
  if (main !== 'done' && (main !== 'killed' || post !== 'done')) return [];
  const file = parseJson(files['outcome-file'] ?? '');
  if (!isRecord(file)) return ['it cannot be read'];
  const isKnown = main === 'done' || toldId(step) !== '';
  return [
    ...(isKnown && file['status'] === 'unknown' ? ['its status is unknown'] : []),
    ...(main === 'done' ? differencesOf(step, file) : []),
    ...wrongCostBefore(step, file['cost-before-usd'], played),
  ];
});

/** Compares all that both say; once post has run, which may know more of the conversation, only the end and the address. */
function differencesOf({ outputs, post }: ToldStep, file: JsonObject): readonly string[] {
  const urls = (outputs['pull-request-urls'] ?? '').split('\n');
  const end = { version: 1, status: outputs['status'] ?? '', 'failure-kind': outputs['failure-kind'] ?? '' };
  const conversation = {
    'conversation-url': outputs['conversation-url'] ?? '',
    'cost-usd': 'cost-usd' in outputs ? Number(outputs['cost-usd']) : null,
    'pull-request-urls': urls.filter((url) => COUNTED.test(url)).slice(0, 10),
  };
  const { 'conversation-url': url } = outputs;
  const kept = url === undefined || url === '' ? {} : { 'conversation-url': url };
  const said = { ...end, ...(post === 'absent' ? conversation : kept) };
  return Object.entries(said)
    .filter(([name, value]) => JSON.stringify(file[name]) !== JSON.stringify(value))
    .map(
      ([name, value]) => `its ${name} is ${JSON.stringify(file[name])}, the step's ${JSON.stringify(value)}`,
    );
}

/** The pull requests that the file names: those of the step's repository. */
const COUNTED = /^https:\/\/github\.com\/octo-org\/octo-repo\/pull\/[1-9]\d{0,8}$/;

/** What a conversation had cost before: nothing if the step has started it, else at least what an earlier step was told of it. */
function wrongCostBefore(step: ToldStep, told: unknown, played: Played): readonly string[] {
  const id = toldId(step);
  if (told === undefined || told === null || id === '') return [];
  const isOwn = step.outputs['reused'] === 'false' && step.plan.continues === undefined;
  const isOnlyOne = agentsOf(played, id).length < 2;
  const least = isOnlyOne ? Math.max(0, ...stepsBefore(step, played).map(toldCost)) : 0;
  return broken([
    [typeof told === 'number', `its cost-before-usd is ${JSON.stringify(told)}`],
    [!isOwn || told === 0, `its cost-before-usd is ${JSON.stringify(told)}, and the step has started it`],
    [
      isOwn || Number(told) >= least,
      `its cost-before-usd is ${JSON.stringify(told)}, and an earlier step was told ${least}`,
    ],
  ]);
}

/** Returns the steps of a step's conversation that had ended before it began. */
export function stepsBefore(step: ToldStep, { steps }: Played): readonly ToldStep[] {
  const id = canonicalId(toldId(step));
  return steps.filter((other) => other.endedAt < step.startedAt && canonicalId(toldId(other)) === id);
}

/** Returns the cost that a step outputs; 0 if it outputs none. */
export function toldCost({ outputs }: ToldStep): number {
  return Number(outputs['cost-usd'] ?? '0');
}

/** `reused` says that a key has found the conversation: never without a key, and always if another message has started it. */
export const reusedIsRight = ofEachStep('reused is right', (step, played) => {
  const { outputs, plan, inputs, main } = step;
  const { reused } = outputs;
  if (main !== 'done' || reused === undefined) return [];
  const isByKey = 'idempotency-key' in inputs && plan.continues === undefined;
  const all = conversationsOf(played, toldId(step));
  const messages = all.map(({ message }) => taskIn(message));
  const isOthers = all.length > 0 && !messages.includes(taskIn(inputs['message'] ?? ''));
  return broken([
    [
      reused === 'true' || !isByKey || !isOthers,
      'it is false, and another step has started the conversation',
    ],
    [reused === 'false' || isByKey, 'it is true, and no key has found the conversation'],
  ]);
});

/**
 * A patch is what the server has, and a green step with a patch has it. If a person has deleted the conversation, the server has no such changes
 * any more, or those of the next conversation.
 */
export const patchIsRight = ofEachStep('the patch is right', (step, played) => {
  const { files, outputs, startedAt, endedAt } = step;
  const server = files['server-patch'];
  if (outputs['status'] !== 'finished' || !isWaiting(step) || server === undefined) return [];
  if (deedTimes(played, toldId(step), 'delete').some((at) => at >= startedAt && at <= endedAt)) return [];
  return broken([[files['patch-file'] === server, 'it is not what the server has']]);
});
