import { parseArgs } from 'node:util';

import { crowd } from '../__tests__/integration/crowd.ts';
import { type Judged, planOf, runPlan, type Verdict } from '../__tests__/integration/soak.ts';

const HELP = `Runs many random conversations, with a fault at every fifth request, and checks each one.

Usage: npm run soak -- [options]

  --count N   how many conversations (default 1000)
  --seed N    the seed of the random numbers (default: a new one each time); the same seed repeats a run
  --crowds N  instead, N times 50 jobs at once on one account with the limits of the Cloud, and no faults
  --only N    only the conversation with that number, with its whole log and all requests
  --help      show this and exit`;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    crowds: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

const KINDS = ['ending', 'duplicates', 'leftAtWork', 'leaked'] as const;
const WORDS: Readonly<Record<keyof Verdict, string>> = {
  ending: 'wrong endings',
  duplicates: 'second conversations',
  leftAtWork: 'agents still working after a cancel or a deadline',
  leaked: 'secrets leaked',
};

async function soak(seed: number, count: number): Promise<void> {
  console.log(`Seed ${seed}: npm run soak -- --seed ${seed} --count ${count} repeats this run.`);
  const began = performance.now();
  const all: Judged[] = [];
  for (let number = 0; number < count; number += 1) {
    const judged = await runPlan(seed, planOf(seed, number));
    all.push(judged);
    for (const complaint of complaintsOf(judged)) console.log(`✗ --only ${number}: ${complaint}`);
  }
  printSummary(all, (performance.now() - began) / 1000);
}

function complaintsOf({ plan, verdict }: Judged): readonly string[] {
  return KINDS.flatMap((kind) => verdict[kind]).map(
    (complaint) => `${plan.version} ${plan.scenario}: ${complaint}`,
  );
}

function printSummary(all: readonly Judged[], seconds: number): void {
  const requests = all.reduce((sum, { ran }) => sum + ran.requests.length, 0);
  const failed = all.reduce((sum, each) => sum + each.failed, 0);
  const hours = all.reduce((sum, { ran }) => sum + ran.seconds, 0) / 3600;
  const right = all.filter((each) => complaintsOf(each).length === 0).length;
  const share = ((100 * failed) / requests).toFixed(1);
  console.log(`\n| ending | V1 | V0 |\n| --- | ---: | ---: |`);
  for (const [status, v1, v0] of endingsOf(all)) console.log(`| ${status} | ${v1} | ${v0} |`);
  console.log(
    `\n${all.length} conversations in ${seconds.toFixed(0)} s (${hours.toFixed(0)} simulated hours), ` +
      `${requests} requests, ${failed} of them failed (${share} %)`,
  );
  console.log(`${right} right endings`);
  for (const kind of KINDS) {
    const wrong = all.filter(({ verdict }) => verdict[kind].length > 0).length;
    console.log(`${wrong} ${WORDS[kind]}`);
  }
  if (right < all.length) process.exitCode = 1;
}

function endingsOf(all: readonly Judged[]): readonly (readonly [string, number, number])[] {
  const statuses = [...new Set(all.map(({ ran }) => ran.outcome.status))].toSorted();
  const count = (status: string, version: string): number =>
    all.filter(({ plan, ran }) => ran.outcome.status === status && plan.version === version).length;
  return statuses.map((status) => [status, count(status, 'v1'), count(status, 'v0')] as const);
}

async function show(seed: number, number: number): Promise<void> {
  const { plan, ran, verdict } = await runPlan(seed, planOf(seed, number));
  console.log(plan);
  for (const { at, method, target, mishap } of ran.requests) {
    console.log(`${at.toFixed(1).padStart(8)}  ${method} ${target}  ${mishap ? JSON.stringify(mishap) : ''}`);
  }
  console.log([...ran.runner.log, ...ran.runner.failures].join('\n'));
  console.log(ran.outcome.status, ran.seconds, ran.left, verdict);
}

const JOBS = 50;

async function soakCrowds(seed: number, count: number): Promise<void> {
  console.log(`Seed ${seed}: npm run soak -- --seed ${seed} --crowds ${count} repeats this run.`);
  const sum = { right: 0, unwatched: 0, requests: 0, refused: 0 };
  for (let number = 0; number < count; number += 1) {
    const { wrong, unwatched, requests, refused, lastBegunAt } = await crowd(seed + number, JOBS);
    for (const complaint of wrong) console.log(`✗ crowd ${number}, ${complaint}`);
    console.log(
      `crowd ${number}: ${refused} of ${requests} requests refused, the last begun after ${lastBegunAt.toFixed(0)} s`,
    );
    sum.right += JOBS - wrong.length;
    sum.unwatched += unwatched;
    sum.requests += requests;
    sum.refused += refused;
  }
  console.log(
    `${sum.right} of ${count * JOBS} jobs right, ${sum.unwatched} agents unwatched, ${sum.refused} of ${sum.requests} requests refused`,
  );
  if (sum.right < count * JOBS || sum.unwatched > 0) process.exitCode = 1;
}

if (values.help === true) console.log(HELP);
else if (values.crowds !== undefined) await soakCrowds(Number(values.seed), Number(values.crowds));
else if (values.only !== undefined) await show(Number(values.seed), Number(values.only));
else await soak(Number(values.seed), Number(values.count));
