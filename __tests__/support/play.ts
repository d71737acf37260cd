import { readFile, rm } from 'node:fs/promises';

import type { ScenarioName } from '../../simulator/scenarios.ts';
import { type Fault, startSimulator } from '../../simulator/server.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { run } from '../../src/run.ts';
import { jumpingTime, KEY, type RecordingRunner, recordingRunner, worldOf } from './world.ts';

/** How a step went. */
export interface Ran {
  readonly outcome: Outcome;
  readonly runner: RecordingRunner;
  readonly seconds: number;
  readonly statusRequests: number;
  /** How many conversations there are on the server. */
  readonly conversations: number;
  /** The key, and those of the sandboxes. */
  readonly secrets: readonly string[];
  /** What was written for the next steps. */
  readonly file: string;
}

/** Lets the whole action, but for its entry, talk to the simulator over HTTP, both by the same jumping clock. */
export async function play(
  scenario: ScenarioName,
  version: 'v1' | 'v0',
  inputs: Readonly<Record<string, string>> = {},
  faults: readonly Fault[] = [],
): Promise<Ran> {
  const time = jumpingTime();
  const simulator = await startSimulator({
    api: version,
    scenario,
    rateLimit: 'none',
    faults,
    clock: { speed: 1, now: () => time.clock.date().getTime() },
  });
  const runner = recordingRunner({
    'api-key': KEY,
    message: 'Check the README',
    'base-url': simulator.url,
    poll: 'true',
    ...inputs,
  });
  const world = await worldOf(runner, time);
  try {
    const outcome = await run(world);
    const looks = simulator.requests.filter(
      ({ method, path }) =>
        method === 'GET' &&
        (version === 'v1'
          ? path.startsWith('/api/v1/app-conversations?')
          : /^\/api\/conversations\/\w+$/.test(path)),
    );
    const path = runner.outputs['response-file'];
    return {
      outcome,
      runner,
      seconds: time.clock.now() / 1000,
      statusRequests: looks.length,
      conversations: simulator.conversations.length,
      secrets: [KEY, ...simulator.conversations.map(({ sessionKey }) => sessionKey)],
      file: path === undefined ? '' : await readFile(path, 'utf8'),
    };
  } finally {
    await simulator.close();
    await rm(world.workflow.temporary, { recursive: true });
  }
}
