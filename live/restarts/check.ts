import assert from 'node:assert/strict';

import type { GithubApi } from '../../simulator/github/api.ts';
import { isRecord } from '../../simulator/json.ts';
import { idOf } from '../agent-servers.ts';
import type { Server } from '../server.ts';
import { ask, itemsOf } from '../stage.ts';
import { type Ground, runOf, type Step } from './day.ts';
import type { Day } from './plan.ts';

/** Checks what must hold after a day. */
export async function checkDay({ server, github }: Ground, day: Day, steps: readonly Step[]): Promise<void> {
  const conversations = await readConversations(server);
  const wrong = [
    ...steps.flatMap((step) => [...endOf(day, step), ...outputsOf(step), ...commentOf(step, github)].map((text) => `${step.name}: ${text}`)),
    ...conversations.flatMap((each) => unseen(each, steps)),
    ...steps.flatMap(({ name, run }) => messages(name, run.outputs['status'] ?? '', conversations)),
  ];
  for (const step of steps) console.log(`    ${step.name}: ${String(step.run.exitCode)} ${step.run.outputs['status'] ?? ''} ${step.run.outputs['failure-kind'] ?? ''} ${Math.round(step.run.durationMs / 1000)} s`);
  assert.deepEqual(wrong, [], [...wrong, ...steps.filter(({ name }) => wrong.some((text) => text.startsWith(name))).map(({ name, run }) => `the log of ${name}:\n${run.log}\npost: ${run.post?.log ?? ''}`)].join('\n'));
}

interface Found {
  readonly id: string;
  readonly status: unknown;
  readonly messages: readonly string[];
}

async function readConversations(server: Server): Promise<readonly Found[]> {
  const listed = itemsOf(await ask(server, 'GET', '/api/conversations/search?limit=100'));
  return Promise.all(
    listed.filter(isRecord).map(async ({ id, execution_status: status }) => {
      const events = await ask(server, 'GET', `/api/conversations/${String(id)}/events/search?limit=100`);
      const messages = itemsOf(events)
        .filter(isRecord)
        .filter(({ kind, source }) => kind === 'MessageEvent' && source === 'user')
        .map((event) => JSON.stringify(event));
      return { id: String(id), status, messages };
    }),
  );
}

/** How a step may end, as a status and the kind of its failure. */
function endOf({ signal }: Day, { role, run, wasAtWork }: Step): readonly string[] {
  const { status = '', 'failure-kind': kind = '' } = run.outputs;
  const end = kind === '' ? status : `${status} ${kind}`;
  const allowed = [
    ...(signal === 'SIGTERM' || !wasAtWork || role === 'start' || role === 'follow-up' ? ['finished'] : []),
    ...(signal === 'SIGKILL' ? ['error server'] : []),
    ...(role === 'cancel' ? ['cancelled cancelled'] : []),
  ];
  return allowed.includes(end) && !(role === 'cancel' && end === 'finished') ? [] : [`${end}, where only ${allowed.join(', ')} can be`];
}

function outputsOf({ run }: Step): readonly string[] {
  const { status = '', 'failure-kind': kind = '' } = run.outputs;
  const isGreen = status === 'finished';
  const errors = run.annotations.filter(({ level }) => level === 'error').length;
  return [
    ...(run.exitCode === (isGreen ? 0 : 1) ? [] : [`exit code ${String(run.exitCode)} with ${status}`]),
    ...(errors === (isGreen ? 0 : 1) ? [] : [`${errors} errors with ${status}`]),
    ...((kind === '') === isGreen ? [] : [`the failure kind is "${kind}" with ${status}`]),
    ...(isGreen && (run.outputs['response'] ?? '') === '' ? ['no answer'] : []),
  ];
}

function commentOf({ run, name }: Step, github: GithubApi): readonly string[] {
  const own = github.comments.filter(({ body }) => body.includes(`/actions/runs/${runOf(name)})`));
  const head = own[0]?.body.split('\n')[0] ?? '';
  return [
    ...(own.length === 1 ? [] : [`${own.length} comments`]),
    ...(head.includes('✅') === (run.outputs['status'] === 'finished') && !head.includes('⏳') ? [] : [`the comment says: ${head}`]),
  ];
}

const SAYS = /may (?:still )?continue|the agent continues/;

function unseen({ id, status }: Found, steps: readonly Step[]): readonly string[] {
  if (status !== 'running') return [];
  const says = steps.some(({ run }) => idOf(run) === id && SAYS.test(run.log + (run.post?.log ?? '')));
  return says ? [] : [`an agent is at work, and no step says so: ${id}`];
}

function messages(name: string, status: string, conversations: readonly Found[]): readonly string[] {
  const count = conversations.flatMap((each) => each.messages).filter((text) => text.includes(`This is ${name}.`)).length;
  const isMissing = count === 0 && status === 'finished' && !name.endsWith('attach');
  return count > 1 || isMissing ? [`the message of ${name} arrived ${count} times`] : [];
}
