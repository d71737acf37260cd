import { afterAll, expect } from '@jest/globals';

import { type GithubApi, startGithubApi } from '../../simulator/github/api.ts';
import { type ActionRun, runAction, type RunOptions } from '../../simulator/runner/runner.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server/server.ts';

/**
 * Runs the committed `dist/` as a process, through action.yml, as GitHub's runner does, against the simulator.
 * ACTION_NODE is the path of another Node to use, such as an older one.
 */
const NODE = process.env['ACTION_NODE'] ?? process.execPath;
export const KEY = 'sk-oh-end-to-end-tests-0123456789';
export const MESSAGE = 'Check the README for wrong statements.';

/** The GitHub of a step that names no other one. */
let gitHub: Promise<GithubApi> | undefined;
const open: (Simulator | ActionRun)[] = [];

afterAll(async () => {
  await (await gitHub)?.close();
  await Promise.all(open.map(async (each) => ('close' in each ? each.close() : each.dispose())));
});

/** Starts a fast simulator, which is closed after the tests of the file. */
export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ speed: 30, rateLimit: 'none', ...options });
  open.push(simulator);
  return simulator;
}

/** Runs a step with the built action. Checks that it shows neither the key nor a stack trace. */
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

/** Returns the error annotations of a run. */
export function errorsOf(run: ActionRun): readonly string[] {
  return run.annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
}

/** Expects a failed step: one error, exit code 1, and the status. */
export function expectFailure(run: ActionRun, status: string, error: RegExp): void {
  expect(errorsOf(run)).toEqual([expect.stringMatching(error)]);
  expect(run.exitCode).toBe(1);
  expect(run.outputs['status']).toBe(status);
  // Post writes the summary of a start that main could not follow.
  expect(run.summary || run.post?.summary).toContain(`Status: ${status}`);
}
