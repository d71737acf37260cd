/**
 * Makes the requests of the matrix fail in every way, in simulated time. Prints the results, and writes them to
 * docs/contributing/faults.md if they are as expected.
 *
 *     node scripts/matrix.ts          run, print, write; exit code 1 if a result is not as expected
 *     node scripts/matrix.ts --check  compare docs/contributing/faults.md with the expected results; runs nothing
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import {
  type Case,
  casesOf,
  FAULTS,
  type MatrixRequest,
  REQUESTS,
  type Rule,
  runCase,
  type Verdict,
} from '../__tests__/integration/matrix.ts';

const FILE = join(import.meta.dirname, '../docs/contributing/faults.md');

const INTRODUCTION = `# Faults and their results

Each cell has the result of one fault at one request: the status of the step, and ×2 or more if the action repeats the request and
that matters. Each run ends with one conversation unless its cell says otherwise. A fault happens once; in rows with "all" or "any", it
lasts.

In all cases, one start never has two conversations, no secret is in log, error, summary, outputs or state, and a failed step says so
in one line. If it is unknown whether a conversation was started, that line says where to check.

Without a fault, a step ends as \`finished\`; after a cancel as \`cancelled\`, without waiting as \`running\`, and with a blocked agent as
\`not-done\`. \`npm run faults\` runs all cases, and writes this file if each is as expected. The tests run a sample:
\`__tests__/integration/matrix.ts\`.`;

const PHASES = {
  start: 'the start',
  key: 'a start with `idempotency-key`',
  message: 'a follow-up',
  wait: 'the wait',
  resume: 'a pause with `on-paused: resume`',
  stop: 'a cancel while the agent works',
  result: 'a result with `require-result`',
  checks: 'failed checks with one round',
  review: 'a review',
  comment: 'a comment',
} as const;

interface Group {
  readonly title: string;
  readonly requests: readonly MatrixRequest[];
}

const GROUPS: readonly Group[] = (['v1', 'v0'] as const)
  .flatMap((version) =>
    (
      ['start', 'key', 'message', 'wait', 'resume', 'stop', 'result', 'checks', 'review', 'comment'] as const
    ).map((phase) => ({
      title: `API ${version.toUpperCase()}: ${PHASES[phase]}`,
      requests: REQUESTS.filter((request) => request.version === version && request.phase === phase),
    })),
  )
  .filter(({ requests }) => requests.length > 0);

/** Formats the expected or actual result of a case for the table. */
function cell(seen: Pick<Verdict, 'status' | 'conversations' | 'made' | 'atWork'>, rule: Rule): string {
  const { status, conversations, made, atWork } = seen;
  const many =
    conversations === 1 ? '' : conversations === 0 ? ', no conversation' : `, ${conversations} conversations`;
  const isLeft = atWork > 0 && status !== 'running';
  const agent = isLeft ? ', agent at work' : status === 'cancelled' ? ', agent paused' : '';
  // The number of requests matters only if the rule has one.
  const times = rule.made === undefined || made === 1 ? '' : ` ×${made}`;
  return `${status}${many}${agent}${times}`;
}

function expectedCell({ rule }: Case): string {
  return cell({ made: 1, atWork: rule.left === true ? 1 : 0, ...rule }, rule);
}

/** Returns the document with the text of each case. */
async function documentOf(textOf: (each: Case) => string): Promise<string> {
  const tables = GROUPS.map(({ title, requests }) => `## ${title}\n\n${table(requests, textOf)}`);
  const text = [INTRODUCTION, ...tables].join('\n\n');
  return format(text, { ...(await resolveConfig(FILE)), filepath: FILE });
}

function table(requests: readonly MatrixRequest[], textOf: (each: Case) => string): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const columns = requests.map(
    (request) => new Map(casesOf(request).map((each) => [each.fault, textOf(each)])),
  );
  const rows = FAULTS.flatMap((fault) => {
    const cells = columns.map((column) => column.get(fault) ?? '');
    return cells.every((text) => text === '') ? [] : [line([fault.name, ...cells])];
  });
  const head = ['', ...requests.map(({ name }) => name)];
  return [line(head), line(head.map(() => '---')), ...rows].join('\n');
}

function check(expected: string): void {
  if (readFileSync(FILE, 'utf8') === expected) {
    console.log('docs/contributing/faults.md has the expected result of each fault.');
    return;
  }
  console.error(
    'docs/contributing/faults.md does not have the expected result of each fault. Run: npm run faults',
  );
  process.exitCode = 1;
}

async function runAll(expected: string): Promise<void> {
  const texts = new Map<string, string>();
  const keyOf = ({ request, fault }: Case): string =>
    JSON.stringify([request.version, request.phase, request.name, fault.name]);
  let wrong = 0;
  const began = performance.now();
  for (const each of REQUESTS.flatMap(casesOf)) {
    const verdict = await runCase(each);
    if (verdict.wrong.length > 0) wrong += 1;
    const text = cell(verdict, each.rule);
    texts.set(keyOf(each), verdict.wrong.length === 0 ? text : `**${text}: ${verdict.wrong.join('; ')}**`);
  }
  console.log(await documentOf((each) => texts.get(keyOf(each)) ?? ''));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${texts.size} cases in ${seconds} s; ${wrong} have another result than expected.`);
  if (wrong === 0) writeFileSync(FILE, expected);
  else process.exitCode = 1;
}

const expected = await documentOf(expectedCell);
if (process.argv.includes('--check')) check(expected);
else await runAll(expected);
