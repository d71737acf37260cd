import { setTimeout as delay } from 'node:timers/promises';

import { isRecord } from '../simulator/json.ts';
import type { ActionRun } from '../simulator/runner/runner.ts';
import type { Server } from './server.ts';
import { act, ask, asking, itemsOf, KEY, type Options, type Stage, waitUntil } from './stage.ts';

/**
 * The log line of an agent that is working. Not an earlier one: if the server ends, it loses what it has not stored yet of an
 * agent that has just started.
 */
const AT_WORK = 'Count to 1 slowly';
const CHANGED_WITHIN_SECONDS = 5;

/** Runs another step, which sends a message to the conversation of an earlier one and waits. */
export async function follow(
  stage: Stage,
  first: ActionRun,
  script: string,
  server = stage.open,
): Promise<ActionRun> {
  return act(stage, server, { ...asking(script), 'conversation-id': idOf(first), poll: 'true' });
}

/** Runs another step, which waits for the conversation of an earlier one. */
export async function attach(
  stage: Stage,
  started: ActionRun,
  inputs: Readonly<Record<string, string>>,
  options?: Options,
): Promise<ActionRun> {
  return act(stage, stage.open, { 'conversation-id': idOf(started), poll: 'true', ...inputs }, options);
}

/** Returns options that call `work` once the step's log shows that the agent is working. */
export function whenAtWork(work: () => Promise<unknown>): Options {
  const workOnce = once(work);
  return { onLog: (line) => void (line.includes(AT_WORK) && workOnce()) };
}

/** Returns a function that calls `work` at most once. */
export function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return async () => (done ??= work());
}

/** Returns the id of a step's conversation; empty if it has none. */
export function idOf(run: ActionRun): string {
  return run.outputs['conversation-id'] ?? '';
}

/** Returns the path of a step's conversation on the server. */
export function pathOf(run: ActionRun): string {
  return `/api/conversations/${idOf(run)}`;
}

/** Reads the status of a step's conversation from the server. */
export async function readStatus(server: Server, run: ActionRun): Promise<unknown> {
  return readStatusAt(server, pathOf(run));
}

/** Reads the status of the conversation at a path. */
export async function readStatusAt(server: Server, path: string): Promise<unknown> {
  const body = await ask(server, 'GET', path);
  return isRecord(body) ? body['execution_status'] : undefined;
}

/** Waits until the server reports a status of a step's conversation. */
export async function waitForStatus(server: Server, run: ActionRun, status: string): Promise<void> {
  await waitUntil(status, CHANGED_WITHIN_SECONDS, async () => (await readStatus(server, run)) === status);
}

/** Counts the messages of persons in a step's conversation. */
export async function readMessages(server: Server, run: ActionRun): Promise<number> {
  const body = await ask(server, 'GET', `${pathOf(run)}/events/search?limit=100`);
  return itemsOf(body).filter(
    (event) => isRecord(event) && event['kind'] === 'MessageEvent' && event['source'] === 'user',
  ).length;
}

/** Ends a server, and starts another one on its port with its files, after that time. */
export async function restartServer(
  stage: Stage,
  server: Server,
  signal: NodeJS.Signals,
  awayMs = 0,
): Promise<Server> {
  const { port, root } = server;
  await server.end(signal);
  await delay(awayMs);
  return stage.start({ sessionKey: KEY, port, root });
}
