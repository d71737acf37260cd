import { afterAll, expect } from '@jest/globals';

import { type GithubApi, startGithubApi } from '../../simulator/github-api.ts';
import { type ActionRun, runAction, type RunOptions } from '../../simulator/runner.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';

/**
 * The committed `dist/` as a process, executed by action.yml as GitHub's runner does it, against the simulator.
 * ACTION_NODE names another Node to run it on, such as an older one of a runner.
 */
const NODE = process.env['ACTION_NODE'] ?? process.execPath;
export const KEY = 'sk-oh-end-to-end-tests-0123456789';
export const MESSAGE = 'Check the README for wrong statements.';

/** Of a step that is told of no other one. */
let gitHub: Promise<GithubApi> | undefined;
const open: (Simulator | ActionRun)[] = [];

afterAll(async () => {
  await (await gitHub)?.close();
  await Promise.all(open.map(async (each) => ('close' in each ? each.close() : each.dispose())));
});

/** A fast simulator, closed after the tests of the file. */
export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ speed: 30, rateLimit: 'none', ...options });
  open.push(simulator);
  return simulator;
}

/** A step with the built action. Whatever it does, it must not show the key or a stack trace. */
export async function act(
  inputs: Readonly<Record<string, string>>,
  { github, ...options }: Omit<RunOptions, 'with' | 'node'> = {},
): Promise<ActionRun> {
  const { url } = await (gitHub ??= startGithubApi());
  const run = await runAction({
    with: { 'api-key': KEY, 'poll-interval-seconds': '1', ...inputs },
    node: NODE,
    github: { api_url: url, ...github },
    ...options,
  });
  open.push(run);
  for (const text of [run.log, run.summary, JSON.stringify(run.outputs), JSON.stringify(run.state)]) {
    expect(text).not.toContain(KEY);
    expect(text).not.toContain(Buffer.from(KEY).toString('base64').slice(0, -2));
  }
  expect(run.log).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  return run;
}

/** The lines of error that people see. */
export function errorsOf(run: ActionRun): readonly string[] {
  return run.annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
}

/** A failed step: one line of error, not zero, and a status. */
export function expectFailure(run: ActionRun, status: string, error: RegExp): void {
  expect(errorsOf(run)).toEqual([expect.stringMatching(error)]);
  expect(run.exitCode).toBe(1);
  expect(run.outputs['status']).toBe(status);
  expect(run.summary).toContain(`Status: ${status}`);
}
