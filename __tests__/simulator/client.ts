import { expect } from '@jest/globals';

import { createManualClock, type ManualClock } from '../../simulator/clock.ts';
import { isRecord } from '../../simulator/json.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server/server.ts';
import { afterTest } from '../support/after-test.ts';

/** A complete response of the simulator. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined if it is not JSON. */
  readonly body: unknown;
}

/** A simulator on a clock that tests move by hand, and a client for it. */
export interface Lab {
  readonly simulator: Simulator;
  readonly clock: ManualClock;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

const BEARER = { authorization: 'Bearer test-key-of-the-account' };

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, headers: response.headers, text, body: parseOrUndefined(text) };
}

/** Starts a simulator without rate limits, unless the options set them. It is closed after the test. */
export async function openLab(options: SimulatorOptions = {}): Promise<Lab> {
  const clock = createManualClock();
  const simulator = await startSimulator({ rateLimit: 'none', clock, ...options });
  afterTest(async () => simulator.close());
  return {
    simulator,
    clock,
    get: async (path, headers = BEARER) =>
      readAnswer(await fetch(`${simulator.url}${path}`, { headers, redirect: 'manual' })),
    post: async (path, body, headers = BEARER) => {
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const all = { ...headers, 'content-type': 'application/json' };
      return readAnswer(await fetch(`${simulator.url}${path}`, { method: 'POST', headers: all, ...content }));
    },
  };
}

/** Returns a value inside a body, at a path such as `items.0.id`. */
export function at(body: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    if (Array.isArray(value)) return value[Number(name)];
    return isRecord(value) ? value[name] : undefined;
  }, body);
}

/** Returns a string inside a body. Fails if there is none. */
export function textAt(body: unknown, path: string): string {
  const value = at(body, path);
  expect(typeof value).toBe('string');
  return String(value);
}

/** Returns a list inside a body; an empty one if there is none. */
export function listAt(body: unknown, path: string): readonly unknown[] {
  const value = at(body, path);
  return Array.isArray(value) ? value : [];
}

/** Returns a message in the format of V1. */
export function v1Message(text: string): Record<string, unknown> {
  return { role: 'user', content: [{ type: 'text', text }], run: true };
}

/** Starts a V1 conversation that follows a scenario. Returns its ids. */
export async function startV1(
  lab: Lab,
  scenario: string,
): Promise<{ task: string; id: string; sandbox: string }> {
  const answer = await lab.post('/api/v1/app-conversations', {
    initial_message: v1Message(`Do it.\nsimulate: ${scenario}`),
    selected_repository: 'octo-org/octo-repo',
    git_provider: 'github',
  });
  expect(answer.status).toBe(200);
  const task = textAt(answer.body, 'id');
  const view = lab.simulator.conversations.find((conversation) => conversation.taskId === task);
  return { task, id: view?.id ?? '', sandbox: view?.sandboxId ?? '' };
}

/** Returns the sandbox and execution status of a V1 conversation; null if it is unknown. */
export async function v1Status(lab: Lab, id: string): Promise<readonly unknown[] | null> {
  const { body } = await lab.get(`/api/v1/app-conversations?ids=${id}`);
  const item = at(body, '0');
  return item === null ? null : [at(item, 'sandbox_status'), at(item, 'execution_status')];
}
