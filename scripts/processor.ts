import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { worksFor } from '../simulator/scenarios.ts';
import { startSimulator } from '../simulator/server.ts';
import type { Change, Scenario } from '../simulator/timeline.ts';
import { memberOf } from '../src/text/data.ts';

/** When the minute begins that is measured: the step has started, and the agent is at work. */
const SETTLED_MS = 10_000;
const MINUTE_MS = 60_000;
/** Reports what a process has used in that minute, and over all, once it ends. */
const REPORT = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  const cpuMs = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  let [before, after] = [0, 0];
  setTimeout(() => { before = cpuMs(); }, ${SETTLED_MS}).unref();
  setTimeout(() => { after = cpuMs(); }, ${SETTLED_MS + MINUTE_MS}).unref();
  process.on('exit', () => writeSync(3, JSON.stringify({ ms: after - before, kib: process.resourceUsage().maxRSS })));
`)}`;
/** How long the agent of a short step works. */
const SHORT_SECONDS = 2;
/** How long it works so that the minute is over before it ends. The start takes some seconds more. */
const LONG_SECONDS = 70;
/** About 1 MB. */
const MARKDOWN =
  `## A file\n\n- *one* \`thing\` at https://openhands.test/a_b, see [this](https://openhands.test)\n\n${'The agent looked at "50 %" of A & B. '.repeat(20)}\n\n`.repeat(
    1_200,
  );

/** What a step has used: processor time in that minute, in milliseconds, and the most memory at once, in MiB. */
interface Used {
  readonly ms: number;
  readonly mib: number;
}

/** Prints the processor time of a minute in which an agent pushes events, and the memory that a large answer takes. */
export async function printWork(main: string): Promise<void> {
  console.log('Of a step that waits, in a minute after its start, and with a large answer:');
  for (const [perMinute, goal] of [
    [300, 250],
    [10_000, 1_000],
  ] as const) {
    const { ms } = await usedFor(main, pushing(LONG_SECONDS, perMinute / 60));
    const name = `a minute with ${perMinute.toLocaleString('en')} events`;
    console.log(
      `  ${name.padEnd(32)} ${ms.toFixed(0).padStart(5)} ms of a processor (goal: at most ${goal} ms)`,
    );
  }
  const short = await usedFor(main, pushing(SHORT_SECONDS, 5));
  const { mib } = await usedFor(main, pushing(SHORT_SECONDS, 5, MARKDOWN));
  console.log(
    `  an answer of ${(MARKDOWN.length / 1e6).toFixed(1)} MB of Markdown   ${mib.toFixed(0).padStart(5)} MiB of memory (goal: at most 150 MiB; a short one: ${short.mib.toFixed(0)} MiB)`,
  );
}

/** An agent that works for some seconds, and does something several times in each. */
function pushing(seconds: number, perSecond: number, answer = 'Done.'): Scenario {
  const command = 'npm test -- --silent src/parser';
  const work: readonly Change[] = Array.from({ length: Math.floor(seconds * perSecond) }, (_, index) => ({
    at: 1 + index / perSecond,
    ...(index % 3 === 0 && {
      happening: { kind: 'command', summary: `Run the tests of part ${index}`, command },
    }),
    ...(index % 3 === 1 && {
      happening: { kind: 'command-result', command, text: 'ok 1 - parses an empty file\n'.repeat(40) },
    }),
    // The server pushes a cost as an event of its own.
    ...(index % 3 === 2 && { cost: index / 10_000 }),
  }));
  const { start } = worksFor(seconds);
  const at = 1 + seconds;
  return {
    about: 'the agent is busy',
    start,
    work: [
      { at: 1, agent: 'working' },
      ...work,
      { at, happening: { kind: 'finish', text: answer } },
      { at, agent: 'finished' },
    ],
  };
}

async function usedFor(main: string, scenario: Scenario): Promise<Used> {
  const simulator = await startSimulator({ scenario, rateLimit: 'none' });
  const child = spawn(process.execPath, ['--import', REPORT, main], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      GITHUB_EVENT_NAME: 'workflow_dispatch',
      'INPUT_API-KEY': 'bench-key-0123456789',
      INPUT_MESSAGE: 'bench',
      INPUT_REPOSITORY: 'none',
      'INPUT_BASE-URL': simulator.url,
      INPUT_POLL: 'true',
    },
  });
  const report = child.stdio[3];
  const exited = once(child, 'exit');
  const used: unknown = JSON.parse(report && 'read' in report ? await text(report) : '');
  await exited;
  await simulator.close();
  return { ms: Number(memberOf(used, 'ms')), mib: Number(memberOf(used, 'kib')) / 1024 };
}
