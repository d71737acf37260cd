/**
 * Makes the requests of the matrix fail in every way, in simulated time, and prints the results. Exit code 1 if one is not as expected.
 * docs/contributing/architecture.md says how to read them.
 */
import { format, resolveConfig } from 'prettier';

import { FAULTS } from '../../testbed/faults.ts';
import {
  type Case,
  casesOf,
  type MatrixRequest,
  PHASES,
  REQUESTS,
  type Rule,
  runCase,
  type Verdict,
  VERSIONS,
} from './matrix.ts';

const TITLES = {
  start: 'the start',
  pictures: 'a message with a picture',
  key: 'a start with `idempotency-key`',
  message: 'a follow-up',
  wait: 'the wait',
  resume: 'a pause with `on-paused: resume`',
  stop: 'a cancel while the agent works',
  result: 'a result with `require-result`',
  checks: 'failed checks with one round',
  review: 'a review',
  replies: 'replies in threads',
  comment: 'a comment',
} as const;

interface Group {
  readonly title: string;
  readonly requests: readonly MatrixRequest[];
}

const GROUPS: readonly Group[] = VERSIONS.flatMap((version) =>
  PHASES.map((phase) => ({
    title: `API ${version.toUpperCase()}: ${TITLES[phase]}`,
    requests: REQUESTS.filter((request) => request.version === version && request.phase === phase),
  })),
).filter(({ requests }) => requests.length > 0);

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

/** Returns the document with the text of each case. */
async function documentOf(textOf: (each: Case) => string): Promise<string> {
  const tables = GROUPS.map(({ title, requests }) => `## ${title}\n\n${table(requests, textOf)}`);
  const options = await resolveConfig(import.meta.filename);
  return format(tables.join('\n\n'), { ...options, parser: 'markdown' });
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

async function runAll(): Promise<void> {
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
  if (wrong > 0) process.exitCode = 1;
}

await runAll();
