import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { GithubApi } from '../../simulator/github/api.ts';
import type { ActionRun } from '../../simulator/runner/runner.ts';
import { restartServer } from '../agent-servers.ts';
import type { Server } from '../server.ts';
import { act, asking, assertSuccess, type Inputs, type Options, type Stage, waitUntil } from '../stage.ts';
import type { Day, Moment } from './plan.ts';

/** What a step is for. */
export type Role = 'tool' | 'model' | 'attach' | 'cancel' | Moment;

/** A step of a day. */
export interface Step {
  readonly role: Role;
  /** The name of its message, which the conversation has. */
  readonly name: string;
  readonly run: ActionRun;
  /** Whether it was at work as the server got the signal, on what its role says. */
  readonly wasAtWork: boolean;
}

/** Where days are played. */
export interface Ground {
  readonly stage: Stage;
  readonly server: Server;
  /** The address by which steps reach the server. */
  readonly url: string;
  readonly github: GithubApi;
}

/** Enough for a server that starts on a busy machine, and for the minute after which a stored message is run. */
const TIMEOUT_SECONDS = '150';
const READY_WITHIN_SECONDS = 60;
const BETWEEN_LOOKS_MS = 5;

interface Running {
  readonly name: string;
  readonly run: Promise<ActionRun>;
  /** The log so far. */
  readonly log: () => string;
  readonly isOver: () => boolean;
}

/** A day that was played: its steps, and the server that came back. */
export interface PlayedDay {
  readonly steps: readonly Step[];
  readonly server: Server;
}

/** Plays a day, until all of its steps have ended and the server is there again. */
export async function playDay(ground: Ground, day: Day): Promise<PlayedDay> {
  const { model, ...stage } = ground.stage;
  const nameOf = (role: string): string => `${day.name}-${role}`;
  const begin = (role: Role | 'first', script: string, more: Inputs = {}, options: Options = {}): Running =>
    beginStep(ground, nameOf(role), script, more, options);
  const isAsked = (role: string): boolean => model.waiting(nameOf(role)) > 0;
  const releases = ['model', 'start'].map((role) => model.hold(nameOf(role)));
  const folder = join(ground.server.root, nameOf('tool'));
  await makeFolder(folder);

  const first = begin('first', 'message');
  const tool = begin('tool', 'changes', { 'working-directory': folder });
  const asked = begin('model', 'finish');
  let cancelAt = Number.POSITIVE_INFINITY;
  const whenDue = { after: () => performance.now() >= cancelAt, send: 'SIGINT' } as const;
  const canceled = begin('cancel', 'long', {}, { signal: whenDue });
  const firstRun = await first.run;
  assertSuccess(firstRun, 'finished');
  await waitUntil('a tool, a call of the model, and another agent', READY_WITHIN_SECONDS, () => {
    return existsSync(join(folder, 'begun')) && isAsked('model') && model.turns(nameOf('cancel')) > 0;
  });
  const attachedTo = idIn((day.attachesTo === 'tool' ? tool : asked).log());
  const attached = begin('attach', '', { 'conversation-id': attachedTo });
  await waitUntil('attached', READY_WITHIN_SECONDS, () => attached.log().includes('Agent running'));

  releases.push(model.hold(nameOf('first')));
  const id = firstRun.outputs['conversation-id'] ?? '';
  const beginOf: Readonly<Record<Moment, () => Running>> = {
    start: () => begin('start', 'message'),
    'follow-up': () => begin('follow-up', 'message', { 'conversation-id': id }),
  };
  const count: Readonly<Record<Moment, () => number>> = {
    start: () => countFiles(ground, ''),
    'follow-up': () => countFiles(ground, join(id.replaceAll('-', ''), 'events')),
  };
  const other = beginOf[day.moment === 'start' ? 'follow-up' : 'start']();
  await delay(day.otherMs);
  const before = count[day.moment]();
  const last = beginOf[day.moment]();
  while (count[day.moment]() === before && !last.isOver()) await delay(BETWEEN_LOOKS_MS);
  cancelAt = performance.now() + day.afterMs + day.cancelMs;
  await delay(day.afterMs);

  const [start, followUp] = day.moment === 'start' ? [last, other] : [other, last];
  const wasAtWork: Readonly<Record<Role, boolean>> = {
    tool: !tool.isOver(),
    model: isAsked('model'),
    attach: !attached.isOver(),
    cancel: !canceled.isOver(),
    start: !start.isOver(),
    'follow-up': !followUp.isOver(),
  };
  const says = (x: Running, r: string) => `${x.name}: ${String(model.turns(nameOf(r) + ' '))} turns, ${x.log().split('\n').length} lines`;
  const began = performance.now();
  console.log(`    ${says(start, 'start')}, ${says(followUp, 'first')} ${JSON.stringify(wasAtWork)}`);
  const logged = sizeOf(ground.server.log);
  const back = restartServer({ ...stage, model }, ground.server, day.signal, day.awayMs);
  await waitUntil('the server ends', READY_WITHIN_SECONDS, () => isEnding(ground.server, logged));
  console.log(`    ${day.name} ending after ${Math.round(performance.now() - began)} ms`);
  await delay(day.workMs);
  await writeFile(join(folder, 'released'), '');
  for (const release of releases) release();
  const server = await back;
  console.log(`    ${day.name} back after ${Math.round(performance.now() - began)} ms`);
  const played: Readonly<Record<Role, Running>> = {
    tool,
    model: asked,
    attach: attached,
    cancel: canceled,
    start,
    'follow-up': followUp,
  };
  const steps = await Promise.all(
    ROLES.map(async (role) => ({
      role,
      name: played[role].name,
      run: await played[role].run,
      wasAtWork: wasAtWork[role],
    })),
  );
  return { steps, server };
}

/** Whether a server is gone, or about to pause its agents: before that, it finishes what it is asked. */
function isEnding({ isGone, log }: Server, logged: number): boolean {
  return isGone() || readFileSync(log, 'utf8').slice(logged).includes('Waiting for application shutdown');
}

function sizeOf(log: string): number {
  return readFileSync(log, 'utf8').length;
}

const ROLES = ['tool', 'model', 'attach', 'cancel', 'start', 'follow-up'] as const;

/** Makes a folder for an agent with the script `changes`: its tool runs until there is a file `released`. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'README.md'), 'A folder for an agent.\n');
  await writeFile(`${folder}.sh`, 'touch begun; until [ -e released ]; do sleep 0.2; done\n');
}

/** Begins a step. Its name is in its message, and is the model's name if it starts a conversation. */
function beginStep({ stage, server, url, github }: Ground, name: string, script: string, more: Inputs, options: Options): Running {
  const lines: string[] = [];
  let isOver = false;
  const inputs = {
    ...(script !== '' && { message: `This is ${name}.\n${asking(script)['message'] ?? ''}` }),
    ...(!('conversation-id' in more) && { model: `openai/${name}` }),
    ...{ poll: 'true', comment: 'true', 'issue-number': '1', 'timeout-seconds': TIMEOUT_SECONDS },
    ...more,
  };
  const run = act(stage, { ...server, url }, inputs, {
    github: { api_url: github.url, run_id: runOf(name) },
    onLog: (line) => void lines.push(line),
    ...options,
  }).finally(() => {
    isOver = true;
  });
  // Who waits for it may do so later.
  run.catch(() => undefined);
  return { name, run, log: () => lines.join('\n'), isOver: () => isOver };
}

/** Returns the id of the workflow run of a step, by which its comment is found. */
export function runOf(name: string): string {
  return String(Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 8), 16));
}

function idIn(log: string): string {
  return /OpenHands conversation: .*\/conversations\/([\da-f-]{36})\b/.exec(log)?.[1] ?? '';
}


/** Counts the files in a folder of the server's conversations. */
function countFiles({ server }: Ground, folder: string): number {
  return readdirSync(join(server.root, 'work/workspace/conversations', folder)).length;
}
