import { ANSWER, HOSTILE_ANSWER, HOSTILE_LINE } from '../texts.ts';
import { BEGIN, errorAt, eventAt, finishAt, START, STEPS, stepsUntil } from './scenario-parts.ts';
import type { Change, PlannedTask, Scenario } from './timeline.ts';

const TITLES = [
  'List the files of the repository',
  'Read the README',
  'Correct what is wrong',
  'Run the tests',
  'Open a pull request',
];

/** Titles that attack. There are more than people are shown. */
const HOSTILE_TITLES = [
  HOSTILE_LINE,
  HOSTILE_ANSWER,
  'Ask @octocat about #1 and GH-2',
  '[x](https://evil.example) ![y](https://evil.example/y.png) https://evil.example www.evil.example',
  '- [x] `done` <!-- hidden --> </details> ```',
  'Long '.repeat(2_000),
  '\u200B',
  ...Array.from({ length: 30 }, (_, index) => `Part ${index + 8}`),
];

/** The scenarios of agents that keep a plan. */
export const PLAN_SCENARIOS = {
  plan: plans(
    'the agent keeps a plan of five tasks, and finishes with a pull request once all are done',
    ...STEPS,
    ...planAt(1.5, tasksOf(0)),
    ...planAt(5, tasksOf(1)),
    ...planAt(8, tasksOf(2)),
    // Nothing has changed.
    ...planAt(9, tasksOf(2)),
    ...planAt(12, tasksOf(3)),
    ...planAt(16, tasksOf(4)),
    ...planAt(18, tasksOf(5)),
    ...finishAt(18.5, ANSWER),
  ),
  'plan-error': plans(
    'the agent keeps a plan of five tasks, and fails after two of them',
    ...STEPS.filter(({ at }) => at < 12),
    ...planAt(1.5, tasksOf(0)),
    ...planAt(5, tasksOf(1)),
    ...planAt(8, tasksOf(2)),
    ...errorAt(12, 'LLMAuthenticationError', 'The model refused the account: no credit is left.'),
  ),
  'plan-forever': plans(
    'the agent keeps making plans, takes each back, and never ends',
    ...stepsUntil(60 * 60),
    ...Array.from({ length: 40 }, (_, index) => [
      ...planAt(5 + 90 * index, tasksOf(index % 6)),
      ...planAt(50 + 90 * index, tasksOf((index % 6) + 1)),
      ...planAt(75 + 90 * index, []),
    ]).flat(),
  ),
  'hostile-plan': plans(
    'the titles of a plan attack the log, the summary and the comment, and repeat the keys',
    ...planAt(2, hostileTasks(0)),
    ...planAt(5, hostileTasks(1)),
    ...planAt(8, hostileTasks(3)),
    ...finishAt(12, ANSWER),
  ),
} as const satisfies Record<string, Scenario>;

function plans(about: string, ...changes: readonly Change[]): Scenario {
  return { about, start: START, work: [...BEGIN, ...changes].toSorted((one, other) => one.at - other.at) };
}

/** Returns the tasks of which the first `done` are done, and the next is in progress. */
function tasksOf(done: number): readonly PlannedTask[] {
  return planned(TITLES, done);
}

function hostileTasks(done: number): readonly PlannedTask[] {
  return planned(HOSTILE_TITLES, done);
}

function planned(titles: readonly string[], done: number): readonly PlannedTask[] {
  const statusAt = (index: number): PlannedTask['status'] => {
    if (index < done) return 'done';
    return index === done ? 'in_progress' : 'todo';
  };
  return titles.map((title, index) => ({ title, status: statusAt(index) }));
}

/** Returns the call of the tool, and its result a few milliseconds later. */
function planAt(at: number, tasks: readonly PlannedTask[]): readonly Change[] {
  return [eventAt(at, { kind: 'plan', tasks }), eventAt(at + 0.005, { kind: 'plan-result', tasks })];
}
