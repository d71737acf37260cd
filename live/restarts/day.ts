import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { GithubApi } from '../../simulator/github/api.ts';
import type { ActionRun } from '../../simulator/runner/runner.ts';
import { restartServer } from '../agent-servers.ts';
import type { Server } from '../server.ts';
import { act, asking, type Inputs, type Options, type Stage, waitUntil } from '../stage.ts';
import type { Day, Moment } from './plan.ts';

/** What a step is for. */
type Role = 'tool' | 'model' | 'attach' | 'cancel' | Moment;

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
  readonly run: Promise<ActionRun>;
  /** The log so far. */
  readonly log: () => string;
  readonly isOver: () => boolean;
}

/** A day that was played: its steps, the signals that the server got, and the server that came back. */
export interface PlayedDay {
  readonly steps: readonly Step[];
  readonly signals: ReadonlySet<NodeJS.Signals>;
  readonly server: Server;
}

/** Plays a day, until all of its steps have ended and the server is there again. */
export async function playDay(ground: Ground, day: Day): Promise<PlayedDay> {
  const { model } = ground.stage;
  const releases = HELD.map((role) => model.hold(nameIn(day, role)));
  let cancelAt = Number.POSITIVE_INFINITY;
  const { id, ...working } = await beginWork(ground, day, () => performance.now() >= cancelAt);
  releases.push(model.hold(nameIn(day, 'first')));
  const sending = await beginSending(ground, day, id);
  cancelAt = performance.now() + day.afterMs + day.cancelMs;
  await delay(day.afterMs);

  const running: Readonly<Record<Role, Running>> = { ...working, ...sending };
  const wasAtWork = (role: Role): boolean =>
    role === 'model' ? model.waiting(nameIn(day, role)) > 0 : !running[role].isOver();
  const atWork = new Set(ROLES.filter(wasAtWork));
  const logged = readLog(ground.server).length;
  const back = restartServer(ground.stage, ground.server, day.signal, day.awayMs);
  await waitUntil('the server ends', READY_WITHIN_SECONDS, () => isEnding(ground.server, logged));
  await delay(day.workMs);
  await writeFile(join(folderOfTool(ground, day), 'released'), '');
  for (const release of releases) release();
  const server = await back;
  const steps = await Promise.all(
    ROLES.map(async (role) => ({
      role,
      name: nameIn(day, role),
      run: await running[role].run,
      wasAtWork: atWork.has(role),
    })),
  );
  // On a busy machine, a server that is to end may be killed before it has paused all agents.
  const signals = new Set([day.signal, ...(ground.server.wasKilled() ? (['SIGKILL'] as const) : [])]);
  return { steps, signals, server };
}

const ROLES = ['tool', 'model', 'attach', 'cancel', 'start', 'follow-up'] as const;
/** The steps whose agents the model does not answer before the server ends. */
const HELD = ['model', 'start'] as const;

/**
 * Begins the steps that wait as the server ends. Returns them once their agents are at work, and the id of a conversation that has
 * finished.
 */
async function beginWork(
  ground: Ground,
  day: Day,
  isDue: () => boolean,
): Promise<Readonly<Record<Exclude<Role, Moment>, Running>> & { readonly id: string }> {
  const { model } = ground.stage;
  const folder = folderOfTool(ground, day);
  await makeFolder(folder);
  const first = begin(ground, nameIn(day, 'first'), 'message');
  const steps = {
    tool: begin(ground, nameIn(day, 'tool'), 'changes', { 'working-directory': folder }),
    model: begin(ground, nameIn(day, 'model'), 'finish'),
    cancel: begin(ground, nameIn(day, 'cancel'), 'long', {}, { signal: { after: isDue, send: 'SIGINT' } }),
  };
  const { outputs } = await first.run;
  assert.equal(outputs['status'], 'finished');
  const areAtWork = (): boolean =>
    existsSync(join(folder, 'begun')) &&
    model.waiting(nameIn(day, 'model')) > 0 &&
    model.turns(nameIn(day, 'cancel')) > 0 &&
    idIn(steps[day.attachesTo]) !== '';
  await waitUntil('the agents are at work', READY_WITHIN_SECONDS, areAtWork);
  const there = { 'conversation-id': idIn(steps[day.attachesTo]) };
  const attach = begin(ground, nameIn(day, 'attach'), '', there);
  await waitUntil('attached', READY_WITHIN_SECONDS, () => attach.log().includes('Agent running'));
  return { ...steps, attach, id: outputs['conversation-id'] ?? '' };
}

/** Begins a start, and a follow-up in the conversation with this id. Returns as soon as the server has stored the one that counts. */
async function beginSending(
  ground: Ground,
  { moment, otherMs, ...day }: Day,
  id: string,
): Promise<Readonly<Record<Moment, Running>>> {
  const conversations = join(ground.server.root, 'work/workspace/conversations');
  const sendings = {
    start: {
      begin: () => begin(ground, nameIn(day, 'start'), 'message'),
      count: () => readdirSync(conversations).filter((name) => /^[\da-f]+$/.test(name)).length,
    },
    'follow-up': {
      begin: () => begin(ground, nameIn(day, 'follow-up'), 'message', { 'conversation-id': id }),
      count: () =>
        readdirSync(join(conversations, id.replaceAll('-', ''), 'events')).filter((name) =>
          name.startsWith('event-'),
        ).length,
    },
  };
  const another = moment === 'start' ? 'follow-up' : 'start';
  const other = sendings[another].begin();
  await delay(otherMs);
  const before = sendings[moment].count();
  const last = sendings[moment].begin();
  while (sendings[moment].count() === before && !last.isOver()) await delay(BETWEEN_LOOKS_MS);
  return moment === 'start' ? { start: last, 'follow-up': other } : { start: other, 'follow-up': last };
}

/** Whether a server is gone, or about to pause its agents: before that, it finishes what it is asked. */
function isEnding(server: Server, logged: number): boolean {
  return server.isGone() || readLog(server).slice(logged).includes('Waiting for application shutdown');
}

function readLog({ log }: Server): string {
  return readFileSync(log, 'utf8');
}

/** Makes a folder for an agent with the script `changes`: its tool runs until there is a file `released`. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'README.md'), 'A folder for an agent.\n');
  await writeFile(`${folder}.sh`, 'touch begun; until [ -e released ]; do sleep 0.2; done\n');
}

/** Begins a step. Its name is in its message, and is the model's name if it starts a conversation. */
function begin(
  { stage, server, url, github }: Ground,
  name: string,
  script: string,
  more: Inputs = {},
  options: Options = {},
): Running {
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
  return { run, log: () => lines.join('\n'), isOver: () => isOver };
}

/** Returns the id of the workflow run of a step, by which its comment is found. */
export function runOf(name: string): string {
  return String(Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 8), 16));
}

function idIn({ log }: Running): string {
  return /OpenHands conversation: .*\/conversations\/([\da-f-]{36})\b/.exec(log())?.[1] ?? '';
}

function nameIn({ name }: Pick<Day, 'name'>, role: Role | 'first'): string {
  return `${name}-${role}`;
}

function folderOfTool({ server }: Ground, day: Day): string {
  return join(server.root, nameIn(day, 'tool'));
}
