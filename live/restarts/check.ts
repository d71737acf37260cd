import assert from 'node:assert/strict';

import type { GithubApi } from '../../simulator/github/api.ts';
import { isRecord } from '../../simulator/json.ts';
import { idOf } from '../agent-servers.ts';
import type { Server } from '../server.ts';
import { ask, itemsOf } from '../stage.ts';
import { type Ground, type PlayedDay, runOf, type Step } from './day.ts';

/** A conversation as the server has it in the end. */
interface Conversation {
  readonly id: string;
  readonly status: unknown;
  /** The messages of persons, as JSON. */
  readonly messages: readonly string[];
}

/** Checks what must hold after a day, whatever was drawn. Fails with the log of each step for which it does not. */
export async function checkDay(
  { server, github }: Ground,
  { steps, signals }: Pick<PlayedDay, 'steps' | 'signals'>,
): Promise<void> {
  const conversations = await readConversations(server);
  const logs = steps.flatMap((step) => {
    const arrived = conversations.flatMap(({ messages }) =>
      messages.filter((message) => message.includes(`This is ${step.name}.`)),
    ).length;
    const wrong = [
      ...wrongEnd(signals, step, arrived),
      ...wrongOutputs(step),
      ...wrongComment(step, github),
      ...(arrived > 1 ? [`its message arrived ${arrived} times`] : []),
      ...(conversations.some((each) => isFalseAlarm(step, each))
        ? ['it says that its agent may continue']
        : []),
    ];
    const { log, post } = step.run;
    return wrong.length > 0 ? [`${step.name}: ${wrong.join('; ')}\n${log}\npost: ${post?.log ?? ''}`] : [];
  });
  const unseen = conversations.filter(
    (each) => each.status === 'running' && !steps.some((step) => says(step, each)),
  );
  const left = unseen.map(({ id }) => `an agent is at work, and no step says so: ${id}`);
  assert.ok(logs.length + left.length === 0, [...left, ...logs].join('\n'));
}

async function readConversations(server: Server): Promise<readonly Conversation[]> {
  const listed = itemsOf(await ask(server, 'GET', '/api/conversations/search?limit=100'));
  return Promise.all(
    listed.filter(isRecord).map(async ({ id, execution_status: status }) => {
      const events = await ask(server, 'GET', `/api/conversations/${String(id)}/events/search?limit=100`);
      const messages = itemsOf(events).filter(
        (event) => isRecord(event) && event['kind'] === 'MessageEvent' && event['source'] === 'user',
      );
      return { id: String(id), status, messages: messages.map((event) => JSON.stringify(event)) };
    }),
  );
}

/** The steps that send a message as the server ends. */
const SENDING: readonly string[] = ['start', 'follow-up'];
/** How a step ends whose message the server had not stored before it was killed. */
const LOST: readonly string[] = ['start-failed server', 'start-failed network'];

/**
 * Returns how a step may end, as its status and the kind of its failure. `finished` after a kill: the agent had not begun on the message.
 */
function allowedEnds(signal: NodeJS.Signals, { role }: Step, arrived: number): readonly string[] {
  const ends = signal === 'SIGKILL' ? ['error server'] : ['finished'];
  if (role === 'cancel') return signal === 'SIGKILL' ? [...ends, CANCELED] : [CANCELED];
  if (signal === 'SIGTERM' || !SENDING.includes(role)) return ends;
  return [...ends, ...(arrived === 0 ? LOST : ['finished'])];
}

const CANCELED = 'cancelled cancelled';

function wrongEnd(signals: PlayedDay['signals'], step: Step, arrived: number): readonly string[] {
  const { status = '', 'failure-kind': kind = '' } = step.run.outputs;
  const end = `${status} ${kind}`.trim();
  const allowed = [...signals].flatMap((signal) => allowedEnds(signal, step, arrived));
  return [
    ...(allowed.includes(end) ? [] : [`it ended as ${end}`]),
    ...(isGreen(step) && arrived === 0 && step.role !== 'attach' ? ['its message did not arrive'] : []),
  ];
}

function isGreen({ run }: Step): boolean {
  return run.outputs['status'] === 'finished';
}

/** A step is green and has an answer, or has one line of error and a kind of failure. */
function wrongOutputs(step: Step): readonly string[] {
  const { exitCode, outputs, annotations } = step.run;
  const errors = annotations.filter(({ level }) => level === 'error').length;
  const failures = isGreen(step) ? 0 : 1;
  return [
    ...(exitCode === failures ? [] : [`the exit code is ${String(exitCode)}`]),
    ...(errors === failures ? [] : [`it has ${errors} errors`]),
    ...(((outputs['failure-kind'] ?? '') === '') === isGreen(step) ? [] : ['its failure-kind is wrong']),
    ...((outputs['response'] ?? '') !== '' || !isGreen(step) ? [] : ['it has no answer']),
  ];
}

/** A step has one comment, which tells its end. */
function wrongComment(step: Step, github: GithubApi): readonly string[] {
  const comments = github.comments.filter(({ body }) => body.includes(`/actions/runs/${runOf(step.name)})`));
  const [head = ''] = comments[0]?.body.split('\n') ?? [];
  const tellsEnd = head.includes('✅') === isGreen(step) && !head.includes('⏳');
  return comments.length === 1 && tellsEnd ? [] : [`it has ${comments.length} comments: ${head}`];
}

const MAY_CONTINUE = /may (?:still )?(?:continue|be working)|the agent continues/;

/** Whether a step says that the agent of a conversation may continue. */
function says({ run }: Step, { id }: Conversation): boolean {
  return idOf(run) === id && MAY_CONTINUE.test(`${run.log}\n${run.post?.log ?? ''}`);
}

/** Whether a step that could read that its agent is not at work says that it may continue: the server came back long before. */
function isFalseAlarm(step: Step, conversation: Conversation): boolean {
  return step.role !== 'cancel' && conversation.status !== 'running' && says(step, conversation);
}
