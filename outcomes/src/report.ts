import { type Counted, type Sums, sumsOf } from './count.ts';
import { DAY_MS, type Period } from './period.ts';
import type { LeftOut, Reading } from './repository.ts';

/** The report of a repository. */
export interface RepositoryReport {
  readonly repository: string;
  /** Why nothing was read. */
  readonly problem?: string;
  readonly workflows: readonly (Sums & { readonly workflow: string })[];
  readonly total: Sums;
  readonly 'left-out': LeftOut;
}

/** The output `report`. */
export interface Report {
  readonly days: number;
  /** The calendar month, such as `2026-10`; `null` for the days before the report. */
  readonly month: string | null;
  /** The date from which there are outcomes; `null` if they are kept for all days. */
  readonly from: string | null;
  /** Whether the total is that of a part: something was not read or, of a month, not kept. */
  readonly incomplete: boolean;
  readonly repositories: readonly RepositoryReport[];
  readonly total: Sums;
  /** `repositories`: how many were not read. */
  readonly 'left-out': LeftOut & { readonly repositories: number };
}

/** Makes the report of what was read. `unlisted`: how many repositories were left out, and are not in `readings`. */
export function reportOf({ days, month }: Period, readings: readonly Reading[], unlisted: number): Report {
  const left = sumOfLeft(readings.map((each) => each.left));
  const unreadRepositories = unlisted + readings.filter(({ problem }) => problem !== undefined).length;
  const isCut = month !== null && readings.some(({ isKept }) => isKept === false);
  const dates = readings.flatMap(({ from }) => from ?? []).toSorted();
  return {
    days,
    month,
    from: dates[0] ?? null,
    incomplete: isCut || unreadRepositories > 0 || isIncomplete(left),
    repositories: readings.map(repositoryReportOf).toSorted((a, b) => byCost(a.total, b.total)),
    total: sumsOf(readings.flatMap(({ conversations }) => conversations)),
    'left-out': { ...left, repositories: unreadRepositories },
  };
}

/** Whether something was not read. What forks have uploaded does not count: anybody can upload from a fork. */
export function isIncomplete(left: LeftOut): boolean {
  return Object.entries(left).some(([name, count]) => name !== 'of-forks' && count > 0);
}

function repositoryReportOf({ repository, problem, conversations, left }: Reading): RepositoryReport {
  const workflows = [...Map.groupBy(conversations, ({ workflow }) => workflow)].map(([workflow, group]) => ({
    workflow,
    ...sumsOf(group),
  }));
  return {
    repository,
    ...(problem && { problem: problem.words }),
    workflows: workflows.toSorted(byCost),
    total: sumsOf(conversations),
    'left-out': left,
  };
}

/** Orders the largest cost first; without a difference, the order stays. */
function byCost(a: Sums, b: Sums): number {
  return b['cost-usd'] - a['cost-usd'];
}

function sumOfLeft(all: readonly LeftOut[]): LeftOut {
  const sum = (name: keyof LeftOut): number => all.reduce((total, left) => total + left[name], 0);
  return {
    runs: sum('runs'),
    artifacts: sum('artifacts'),
    outcomes: sum('outcomes'),
    unreadable: sum('unreadable'),
    'too-large': sum('too-large'),
    'of-forks': sum('of-forks'),
    'pull-requests': sum('pull-requests'),
  };
}

/** A week, by its Monday as an ISO date. */
export interface Week {
  readonly week: string;
  readonly costUsd: number;
  readonly merged: number;
}

/** Adds up conversations by the week of their first run, in UTC. Returns all weeks of the period that have begun. */
export function weeksOf(conversations: readonly Counted[], { from, to }: Period): readonly Week[] {
  const groups = Map.groupBy(conversations, ({ date }) => mondayOf(Date.parse(date)));
  const first = mondayOf(from);
  const weeks = Math.floor((mondayOf(to) - first) / (7 * DAY_MS)) + 1;
  return Array.from({ length: weeks }, (_, index) => {
    const monday = first + index * 7 * DAY_MS;
    const { 'cost-usd': costUsd, merged } = sumsOf(groups.get(monday) ?? []);
    return { week: new Date(monday).toISOString().slice(0, 10), costUsd, merged };
  });
}

/** Returns the start of the Monday in the week of a time, both in milliseconds since 1970, which began on a Thursday. */
function mondayOf(time: number): number {
  const day = Math.floor(time / DAY_MS);
  return (day - ((day + 3) % 7)) * DAY_MS;
}
