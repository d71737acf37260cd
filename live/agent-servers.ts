import { isRecord } from '../simulator/json.ts';
import type { ActionRun } from '../simulator/runner.ts';
import type { Server } from './server.ts';
import { act, ask, asking, KEY, type Options, type Stage, until } from './stage.ts';

/** The line of the log that says so. */
// Not sooner: what a server has not stored yet of an agent that has just begun does not outlive it.
const AT_WORK = 'Count to 1 slowly';
const CHANGED_WITHIN_SECONDS = 5;

/** Another step that sends a message to the conversation of an earlier one, and waits. */
export async function follow(
  stage: Stage,
  first: ActionRun,
  script: string,
  server = stage.open,
): Promise<ActionRun> {
  return act(stage, server, { ...asking(script), 'conversation-id': idOf(first), poll: 'true' });
}

/** Another step that waits for the conversation of an earlier one. */
export async function attach(
  stage: Stage,
  started: ActionRun,
  inputs: Readonly<Record<string, string>>,
  options?: Options,
): Promise<ActionRun> {
  return act(stage, stage.open, { 'conversation-id': idOf(started), poll: 'true', ...inputs }, options);
}

/** Does something once the step says that the agent works. */
export function whenAtWork(work: () => Promise<unknown>): Options {
  const workOnce = once(work);
  return { onLog: (line) => void (line.includes(AT_WORK) && workOnce()) };
}

/** The same work however often it is asked for. */
export function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return async () => (done ??= work());
}

/** The id of a step's conversation; empty if it has none. */
export function idOf(run: ActionRun): string {
  return run.outputs['conversation-id'] ?? '';
}

/** Where the server has the conversation of a step. */
export function pathOf(run: ActionRun): string {
  return `/api/conversations/${idOf(run)}`;
}

/** What the server itself says of the conversation of a step. */
export async function statusOf(server: Server, run: ActionRun): Promise<unknown> {
  const body = await ask(server, 'GET', pathOf(run));
  return isRecord(body) ? body['execution_status'] : undefined;
}

/** Waits until the server says so. */
export async function untilStatus(server: Server, run: ActionRun, status: string): Promise<void> {
  await until(status, CHANGED_WITHIN_SECONDS, async () => (await statusOf(server, run)) === status);
}

/** How many messages of a person a conversation has. */
export async function messagesOf(server: Server, run: ActionRun): Promise<number> {
  const body = await ask(server, 'GET', `${pathOf(run)}/events/search?limit=100`);
  const items: unknown = isRecord(body) ? body['items'] : undefined;
  const events: readonly unknown[] = Array.isArray(items) ? items : [];
  return events.filter(
    (event) => isRecord(event) && event['kind'] === 'MessageEvent' && event['source'] === 'user',
  ).length;
}

/** Ends a server, and starts another in its place with what it kept. */
export async function again(stage: Stage, server: Server, signal: NodeJS.Signals): Promise<void> {
  server.kill(signal);
  const { port, root } = server;
  await until('the server is gone', 10, async () => !(await fetch(server.url).then(Boolean, () => false)));
  await stage.start({ sessionKey: KEY, port, root });
}
