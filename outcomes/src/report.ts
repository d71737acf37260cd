import { type Counted, type Sums, sumsOf } from './count.ts';
import { DAY_MS } from './inputs.ts';
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
  /** The date from which there are outcomes; `null` if they are kept for all days. */
  readonly from: string | null;
  /** Whether the total is that of a part: something was not read. */
  readonly incomplete: boolean;
  readonly repositories: readonly RepositoryReport[];
  readonly total: Sums;
  /** `repositories`: how many were not read. */
  readonly 'left-out': LeftOut & { readonly repositories: number };
}

/** Makes the report of what was read. `unlisted`: how many repositories were left out, and are not in `readings`. */
export function reportOf(days: number, readings: readonly Reading[], unlisted: number): Report {
  const left = sumOfLeft(readings.map((each) => each.left));
  const unreadRepositories = unlisted + readings.filter(({ problem }) => problem !== undefined).length;
  const dates = readings.flatMap(({ from }) => from ?? []).toSorted();
  return {
    days,
    from: dates[0] ?? null,
    incomplete: unreadRepositories > 0 || isIncomplete(left),
    repositories: readings.map(repositoryReportOf).toSorted((a, b) => byCost(a.total, b.total)),
    total: sumsOf(readings.flatMap(({ conversations }) => conversations)),
    'left-out': { ...left, repositories: unreadRepositories },
  };
}

/** Whether something was not read. Unreadable outcomes do not count: anybody can upload a file that looks like one. */
export function isIncomplete(left: LeftOut): boolean {
  return Object.entries(left).some(([name, count]) => name !== 'unreadable' && count > 0);
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
    'pull-requests': sum('pull-requests'),
  };
}

/** A week, by its Monday as an ISO date. */
export interface Week {
  readonly week: string;
  readonly costUsd: number;
  readonly merged: number;
}

/**
 * Adds up conversations by the week of their first run, in UTC. Returns all weeks of the `days` days before `now`.
 *
 * @param now a time in milliseconds.
 */
export function weeksOf(conversations: readonly Counted[], days: number, now: number): readonly Week[] {
  const groups = Map.groupBy(conversations, ({ date }) => mondayOf(Date.parse(date)));
  const first = mondayOf(now - days * DAY_MS);
  const weeks = Math.floor((mondayOf(now) - first) / (7 * DAY_MS)) + 1;
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
