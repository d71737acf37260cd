import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { startGithubApi } from '../../simulator/github/api.ts';
import { findPorts } from '../listen.ts';
import { reportSum, runScenario } from '../report.ts';
import type { Server } from '../server.ts';
import { KEY, type Stage, waitUntil } from '../stage.ts';
import { checkDay } from './check.ts';
import { type Ground, playDay, type Step } from './day.ts';
import { type Day, describeDay, planDays } from './plan.ts';

/** Plays the days of a seed on two servers. `canvas`: the folder of Agent Canvas. */
export async function playRestarts(stage: Stage, seed: number, canvas: string): Promise<boolean> {
  const github = await startGithubApi();
  const behind = await stage.start({ sessionKey: KEY });
  const plan = planDays(seed);
  const atWork: string[] = [];
  try {
    const ingress = await startIngress(stage, behind, canvas);
    const [direct, through] = await Promise.all([
      playDays({ stage, server: stage.open, url: stage.open.url, github }, plan.port, atWork),
      playDays({ stage, server: behind, url: ingress, github }, plan.ingress, atWork),
    ]);
    const counted = await runScenario('each signal has met each kind of work at least twice', async () => {
      countKinds(atWork);
      return Promise.resolve();
    });
    return reportSum([...direct, ...through, counted]) && !stage.interrupted.aborted;
  } finally {
    await github.close();
  }
}

async function playDays(ground: Ground, days: readonly Day[], atWork: string[]): Promise<readonly boolean[]> {
  const results: boolean[] = [];
  let { server } = ground;
  for (const day of days) {
    const play = async (): Promise<void> => {
      const played = await playDay({ ...ground, server }, day);
      server = played.server;
      atWork.push(...kindsOf(day, played.steps));
      await checkDay(ground, played);
    };
    if (!ground.stage.interrupted.aborted)
      results.push(await runScenario(describeDay(day), play, ground.stage.interrupted));
  }
  return results;
}

const COUNTED = ['tool', 'model', 'start', 'follow-up'] as const;
const TIMES = 2;

function kindsOf({ signal }: Day, steps: readonly Step[]): readonly string[] {
  return steps.filter(({ wasAtWork }) => wasAtWork).map(({ role }) => `${signal}, ${role}`);
}

function countKinds(atWork: readonly string[]): void {
  const kinds = ['SIGTERM', 'SIGKILL'].flatMap((signal) => COUNTED.map((role) => `${signal}, ${role}`));
  const rare = kinds.filter((kind) => atWork.filter((each) => each === kind).length < TIMES);
  if (rare.length > 0) throw new Error(`too rare: ${rare.join('; ')}`);
}

/** Starts the ingress of Agent Canvas before a server, as Agent Canvas does. Returns its address. */
async function startIngress({ processes }: Stage, server: Server, canvas: string): Promise<string> {
  const port = await findPorts();
  const loopback = pathToFileURL(join(import.meta.dirname, '../loopback.ts')).href;
  // It starts only under its real path.
  const script = realpathSync(join(canvas, 'package/scripts/ingress.mjs'));
  const args = ['--port', String(port), '--default', server.url];
  processes.start([process.execPath, '--import', loopback, script, ...args], {
    cwd: server.root,
    env: {},
    log: join(server.root, 'ingress.log'),
  });
  const url = `http://127.0.0.1:${port}`;
  const isHealthy = async (): Promise<boolean> =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil('the ingress', 20, isHealthy);
  return url;
}
