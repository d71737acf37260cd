import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { isRecord, parseJson } from '../simulator/json.ts';
import { type ActionRun, runAction, type RunOptions } from '../simulator/runner/runner.ts';
import type { Forge } from './forge.ts';
import { type Kind, type ServerOptions, worksInFolder } from './kinds.ts';
import { MODEL, type Model } from './model.ts';
import type { Processes } from './processes.ts';
import type { Server } from './server.ts';

/** The surroundings of a scenario. */
export interface Stage {
  readonly kind: Kind;
  readonly model: Model;
  readonly forge: Forge;
  readonly processes: Processes;
  /** Aborted if somebody interrupts the run. */
  readonly interrupted: AbortSignal;
  /** A running server. A standalone agent server requires `KEY`; the others require no key. */
  readonly open: Server;
  /** Starts another server. With `root`, it uses the files of an earlier server. */
  readonly start: (
    options?: Partial<Pick<ServerOptions, 'sessionKey' | 'port' | 'root' | 'environment'>>,
  ) => Promise<Server>;
}

/** A scenario. It throws if the action does not behave as expected. */
export interface Scenario {
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
  /** Whether the scenario runs alone, after the others, because it measures times. */
  readonly isAlone?: boolean;
}

const MAX_CHANGE_SECONDS = 20;
export const KEY = 'sk-oh-live-tests-0123456789abcdef';
export const LLM_KEY = 'sk-llm-live-tests-0123456789abcdef';

export type Inputs = Readonly<Record<string, string>>;
export type Options = Omit<RunOptions, 'with'> & {
  /** Inspects the files of the step in `temp` and `workspace` before they are removed. */
  readonly inspect?: (run: ActionRun) => Promise<void>;
};

/** Returns inputs with a message that names the model's script. */
export function asking(script: string): Inputs {
  return { message: `Do what the script says.\nscript: ${script}` };
}

/** Runs a step with the built action, without a repository, and checks that it reveals no secret. */
export async function act(
  { kind, model, processes }: Stage,
  server: Server,
  given: Inputs,
  { inspect, ...options }: Options = {},
): Promise<ActionRun> {
  const inputs = {
    'api-key': KEY,
    'base-url': server.url,
    repository: 'none',
    'poll-interval-seconds': '2',
    ...(worksInFolder(kind) && inputsOfAgentServer(kind, server, model, 'conversation-id' in given)),
    ...given,
  };
  const run = await runAction({
    with: inputs,
    ...options,
    env: { ...options.env, ...processes.mark },
  });
  try {
    await checkSecrets(run, server, [inputs['api-key'], LLM_KEY]);
    await inspect?.(run);
  } finally {
    await run.dispose();
  }
  return run;
}

/** Runs a step that starts an agent with a script of the model, and waits for its end. */
export async function askAndWait(
  stage: Stage,
  script: string,
  more: Inputs = {},
  options: Options = {},
): Promise<ActionRun> {
  return act(stage, stage.open, { ...asking(script), poll: 'true', ...more }, options);
}

/** Returns the inputs for an agent server, which gets the model with each conversation. Agent Canvas has its own. */
function inputsOfAgentServer(kind: Kind, server: Server, model: Model, isThere: boolean): Inputs {
  const start = {
    ...(kind === 'agent-server' && { model: MODEL, 'llm-api-key': LLM_KEY, 'llm-base-url': model.url }),
    'working-directory': join(server.root, 'agent'),
  };
  return { 'api-version': 'agent-server', ...(!isThere && start) };
}

/** Starts a conversation with V1 whose agent works for a minute. Returns its id. */
export async function startWorking(stage: Stage, server: Server): Promise<string> {
  const run = await act(stage, server, { ...asking('long'), 'api-version': 'v1' });
  assertSuccess(run, 'running');
  const id = run.outputs['conversation-id'] ?? '';
  await waitUntilShown(server, id, 'RUNNING', 'running');
  return id;
}

/** Pauses or resumes the sandbox of a conversation without the action. */
export async function changeSandbox(server: Server, id: string, change: 'pause' | 'resume'): Promise<void> {
  const { sandbox_id: sandbox } = await readConversation(server, id);
  await ask(server, 'POST', `/api/v1/sandboxes/${String(sandbox)}/${change}`);
}

/** Waits until the server reports two statuses of a conversation. */
export async function waitUntilShown(
  server: Server,
  id: string | undefined,
  sandbox: string,
  execution: string | null,
): Promise<void> {
  await waitUntil(`${sandbox}, ${execution ?? 'null'}`, MAX_CHANGE_SECONDS, async () => {
    const shown = await readConversation(server, id);
    return shown['sandbox_status'] === sandbox && shown['execution_status'] === execution;
  });
}

async function checkSecrets(run: ActionRun, server: Server, keys: readonly string[]): Promise<void> {
  const file = run.outputs['response-file'];
  const seen = {
    log: run.rawLog.replace(/^::add-mask::.*$/gm, ''),
    outputs: JSON.stringify(run.outputs),
    state: JSON.stringify(run.state),
    summary: run.summary,
    file: file === undefined ? '' : await readFile(file, 'utf8'),
  };
  const secrets = [...keys, ...(await readSessionKeys(server))];
  for (const [where, text] of Object.entries(seen)) {
    for (const secret of secrets) {
      assert.ok(secret === '' || !text.includes(secret), `a secret is in the ${where}`);
    }
  }
}

/** Returns the keys of all sandboxes; none if the server does not respond. */
async function readSessionKeys(server: Server): Promise<readonly string[]> {
  const body = await ask(server, 'GET', '/api/v1/sandboxes/search').catch(() => undefined);
  return itemsOf(body).flatMap((sandbox) => {
    const key = isRecord(sandbox) ? sandbox['session_api_key'] : undefined;
    return typeof key === 'string' ? [key] : [];
  });
}

/** Sends a request to a server without the action. */
export async function ask(server: Server, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(server.url + path, {
    method,
    headers: server.headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  return parseJson(await answer.text());
}

/** Returns the items of a page. */
export function itemsOf(page: unknown): readonly unknown[] {
  const items: unknown = isRecord(page) ? page['items'] : undefined;
  return Array.isArray(items) ? items : [];
}

/** Reads a conversation from the server. */
export async function readConversation(
  server: Server,
  id: string | undefined,
): Promise<Record<string, unknown>> {
  const body = await ask(server, 'GET', `/api/v1/app-conversations?ids=${id ?? ''}`);
  const found: unknown = Array.isArray(body) ? body[0] : undefined;
  assert.ok(isRecord(found), `the server does not know the conversation ${id ?? '(none)'}`);
  return found;
}

/** Waits until a condition is true. */
export async function waitUntil(
  what: string,
  seconds: number,
  so: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await so())) {
    assert.ok(performance.now() < end, `${what}: not within ${seconds} s`);
    await delay(200);
  }
}

/** Asserts that a step succeeded with a status. */
export function assertSuccess(run: ActionRun, status: string): void {
  assert.equal(run.exitCode, 0, `exit code; the log:\n${run.log}`);
  assert.equal(run.outputs['status'], status);
  assert.deepEqual(errorsOf(run), []);
}

/** Asserts that a step failed with a status and a matching one-line error. */
export function assertFailure(run: ActionRun, status: string, error: RegExp): void {
  assert.equal(run.outputs['status'], status, `status; the log:\n${run.log}`);
  assert.equal(run.exitCode, 1);
  assert.equal(errorsOf(run).length, 1);
  assert.match(errorsOf(run).join('\n'), error);
}

function errorsOf(run: ActionRun): readonly string[] {
  return run.annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
}

/** Asserts the duration of a step, with a tolerance of about a second. */
export function assertDuration(run: ActionRun, seconds: number): void {
  const actual = run.durationMs / 1000;
  assert.ok(
    actual > seconds - 0.2 && actual < seconds + 1.5,
    `it took ${actual.toFixed(1)} s instead of ${seconds} s`,
  );
}
