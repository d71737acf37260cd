import { asDollars, roundDollars } from '../../src/text/dollars.ts';
import { codeSpan } from '../../src/text/safe.ts';
import type { Sums } from './count.ts';
import { MAX_DAYS } from './inputs.ts';
import { type Period, wordsOf } from './period.ts';
import { isIncomplete, type Report, type RepositoryReport, type Week } from './report.ts';

const MAX_ROWS = 100;

/** What a row is about, in Markdown, and its sums. */
interface Row {
  readonly name: string;
  readonly sums: Sums;
  /** Why nothing could be read: shown in place of the sums. */
  readonly problem?: string | undefined;
}

/** Returns the summary in Markdown: a table with a row for each repository, or for each workflow of the only one, and charts. */
export function pageOf(report: Report, period: Period, weeks: readonly Week[]): string {
  const { total, incomplete, repositories } = report;
  const [only, ...others] = repositories;
  const isByWorkflow = only !== undefined && others.length === 0 && only.problem === undefined;
  const rows = isByWorkflow ? workflowRows(only) : repositories.map(repositoryRow);
  const head = [
    isByWorkflow ? 'Workflow' : 'Repository',
    'Conversations',
    'How they ended',
    'Cost',
    'Cost per merged pull request',
    'Merged',
    'Closed',
    'Open',
  ];
  const all = { name: incomplete ? 'All (incomplete)' : 'All', sums: total };
  return [
    `### OpenHands in ${wordsOf(period)}`,
    [head, head.map(() => '---'), ...rows.slice(0, MAX_ROWS).map(cellsOf), cellsOf(all)]
      .map(lineOf)
      .join('\n'),
    ...notesOn(report, period, rows.length),
    ...chartsOf(weeks),
    '',
  ].join('\n\n');
}

function workflowRows({ workflows }: RepositoryReport): readonly Row[] {
  return workflows.map(({ workflow, ...sums }) => ({ name: nameOf(workflow), sums }));
}

function repositoryRow(report: RepositoryReport): Row {
  const { repository, problem, total } = report;
  const note = isIncomplete(report['left-out']) ? ' (incomplete)' : '';
  return { name: nameOf(repository) + note, sums: total, problem };
}

/** Returns a name as code, without what would end a cell or the code. */
function nameOf(text: string): string {
  return codeSpan(text.replaceAll(/[|`\\]/g, ' ')) || '–';
}

function cellsOf({ name, sums, problem }: Row): readonly string[] {
  if (problem !== undefined) return [name, '', `cannot be read: ${problem}`, '', '', '', '', ''];
  const { runs, ended, merged, closed, open } = sums;
  const ends = Object.entries(ended).map(([end, count]) => `${count} ${end}`);
  const costs = [sums['cost-usd'], sums['cost-per-merged-usd']].map((usd) =>
    usd === null ? '–' : asDollars(usd),
  );
  return [name, String(runs), ends.join(', '), ...costs, ...[merged, closed, open].map(String)];
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function notesOn(report: Report, { ageDays }: Period, rows: number): readonly string[] {
  const kept = keptNotes(report, ageDays);
  const left = LEFT_WORDS.flatMap(([name, one, many, why]) => {
    const count = report['left-out'][name];
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}${why}`];
  });
  const more = rows - MAX_ROWS;
  const unknown = report.total['unknown-costs'];
  return [
    `Counts workflows that save an outcome, such as run.yml: each conversation once, with what it has cost in this time, no skipped runs, an unknown cost as $0${unknown === 0 ? '' : ` (${unknown} of them)`}.`,
    ...(more > 0
      ? [
          `${more} more ${more === 1 ? 'row is' : 'rows are'} not shown: the total and the output report have ${more === 1 ? 'it' : 'them'}.`,
        ]
      : []),
    ...kept,
    ...(left.length === 0 ? [] : [`Not counted: ${left.join(', ')}`]),
    ...(report.total.runs + left.length + kept.length === 0 ? [NO_OUTCOME] : []),
  ];
}

/** Says from when there are outcomes, if they are not kept for the whole time. */
function keptNotes({ from, incomplete, month }: Report, ageDays: number): readonly string[] {
  if (from !== null)
    return [`There are outcomes since ${from}: artifacts are kept for less than ${ageDays} days.`];
  // Nothing is left that would show for how long they are kept.
  return month !== null && incomplete && ageDays > MAX_DAYS
    ? [
        `Outcomes may be missing: run.yml keeps them for ${MAX_DAYS} days, and the month began ${ageDays} days ago.`,
      ]
    : [];
}

const NO_OUTCOME =
  'No run has an outcome that counts: check the names in workflows. run.yml and local.yml save one; in other workflows, add the last two steps of the weekly audit, and give the step of the agent its id, agent.';

/** What was left out: the words for one and for several, and why. */
const LEFT_WORDS = [
  ['runs', 'run', 'runs', ''],
  ['artifacts', 'artifact', 'artifacts', ''],
  ['outcomes', 'outcome', 'outcomes', ' (too many, expired, or not read)'],
  ['unreadable', 'outcome', 'outcomes', ' (unreadable)'],
  ['too-large', 'outcome', 'outcomes', ' (too large)'],
  ['of-forks', 'outcome', 'outcomes', ' (of a fork)'],
  ['pull-requests', 'pull request', 'pull requests', ' (too many, missing, or hidden from the token)'],
  ['repositories', 'repository', 'repositories', ' (not read, or private)'],
] as const;

/** Returns a chart of the costs and one of the merged pull requests; none if there is nothing to show. */
function chartsOf(weeks: readonly Week[]): readonly string[] {
  const chart = (title: string, values: readonly number[]): readonly string[] =>
    values.some((value) => value > 0) ? [mermaid(title, weeks, values)] : [];
  return [
    ...chart(
      'Cost in US dollars by week',
      weeks.map(({ costUsd }) => roundDollars(costUsd)),
    ),
    ...chart(
      'Merged pull requests by week',
      weeks.map(({ merged }) => merged),
    ),
  ];
}

/**
 * Returns a bar chart. Apart from the title, which is ours, it has only dates and numbers, so nothing needs an escape.
 * Source: https://mermaid.js.org/syntax/xyChart.html
 */
function mermaid(title: string, weeks: readonly Week[], values: readonly number[]): string {
  const days = weeks.map(({ week }) => `"${week.slice(5)}"`);
  return [
    '```mermaid',
    'xychart-beta',
    `  title "${title}"`,
    `  x-axis [${days.join(', ')}]`,
    `  y-axis 0 --> ${Math.max(...values)}`,
    `  bar [${values.join(', ')}]`,
    '```',
  ].join('\n');
}
