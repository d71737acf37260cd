/**
 * Plays random histories of steps in simulated time, and checks what the action promises. Exit code 1 if a promise is broken.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { playSeeds } from './pool.ts';
import type { Result } from './run.ts';
import { summaryOf } from './summary.ts';
import { tell } from './tell.ts';

const HELP = `Plays random histories of one to five steps against a simulated server and GitHub, and checks each.

Usage: npm run histories -- [options]

  --count N    how many histories (default 1000)
  --minutes N  instead, as many as fit into this time
  --seed N     the seed of the first one (default: another one each time); the next ones follow
  --only N     only the history of this seed: all that happened in it, in order of time
  --stories N  how many violations are told at the end, one of each promise (default 3)
  --whole      with --only: as it was planned, without making it smaller first
  --jobs N     how many at the same time (default: the number of processors)
  --help       show this and exit

The same seed is the same history on every machine. Exit code 1 if a promise is broken.`;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000_000)) },
    only: { type: 'string' },
    stories: { type: 'string', default: '3' },
    whole: { type: 'boolean', default: false },
    jobs: { type: 'string', default: String(availableParallelism()) },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const PROGRESS_MS = 5_000;

async function search(first: number, jobs: number): Promise<void> {
  const { minutes } = values;
  const count = minutes === undefined ? wholeNumber('count', values.count) : Number.POSITIVE_INFINITY;
  const limit = minutes === undefined ? Number.POSITIVE_INFINITY : wholeNumber('minutes', minutes);
  console.log(`Seeds from ${first} on, ${jobs} at the same time.`);
  const began = performance.now();
  const endsAt = began + limit * 60_000;
  const results: Result[] = [];
  let seed = first;
  let shownAt = began;
  await playSeeds({
    jobs,
    next: () => (seed >= first + count || performance.now() >= endsAt ? undefined : seed++),
    onResult: (result) => {
      results.push(result);
      for (const { promise, step, text } of result.violations)
        console.log(
          `✗ ${result.seed} ${promise}${step === undefined ? '' : `, step ${step}`}: ${text.slice(0, 300)}`,
        );
      if (performance.now() - shownAt < PROGRESS_MS) return;
      shownAt = performance.now();
      console.log(`${results.length} histories, ${perSecond(results, began)} a second`);
    },
  });
  console.log(summaryOf(results));
  console.log(
    `${results.length} histories in ${((performance.now() - began) / 1000).toFixed(0)} s: ${perSecond(results, began)} a second.`,
  );
  const wrong = results.filter(({ violations }) => violations.length > 0);
  if (wrong.length === 0) return;
  process.exitCode = 1;
  for (const result of firstOfEach(wrong).slice(0, wholeNumber('stories', values.stories)))
    console.log(`\n${(await tell(result.seed, false)).story}`);
}

async function tellOne(seed: number): Promise<void> {
  const { story, isBroken } = await tell(seed, values.whole);
  console.log(story);
  if (isBroken) process.exitCode = 1;
}

/** Returns the first history of each promise that was broken. */
function firstOfEach(wrong: readonly Result[]): readonly Result[] {
  const promises = [...new Set(wrong.flatMap(({ violations }) => violations.map(({ promise }) => promise)))];
  const firsts = promises.map((promise) =>
    wrong.find(({ violations }) => violations.some((each) => each.promise === promise)),
  );
  return [...new Set(firsts.filter((each) => each !== undefined))];
}

function perSecond(results: readonly Result[], began: number): string {
  return ((results.length * 1000) / (performance.now() - began)).toFixed(1);
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new Error(`--${name}: "${text}" is not a whole number`);
}

if (values.help) console.log(HELP);
else if (values.only !== undefined) await tellOne(wholeNumber('only', values.only));
else await search(wholeNumber('seed', values.seed), wholeNumber('jobs', values.jobs));
