import type { StepOutcome } from './outcome-file.ts';
import type { Upload } from './uploads.ts';

export type PullState = 'merged' | 'closed' | 'open';

/** What counts as one run: an agent's conversation, which several runs may have worked on, or a run without one. */
export interface Conversation {
  readonly workflow: string;
  /** When its first run was created, as an ISO timestamp. */
  readonly date: string;
  /** How its last run ended, with the kind of failure if the status does not say it. */
  readonly ended: string;
  /** What it has cost in the time of the report; 0 if it is not known. */
  readonly costUsd: number;
  /** Whether there is a conversation whose cost no run knew. */
  readonly isCostUnknown: boolean;
  /** The numbers of the pull requests that no earlier conversation has. */
  readonly pullRequests: readonly number[];
}

/** An outcome that was read, and what GitHub says of its run. */
export type ReadOutcome = Upload & { readonly outcome: StepOutcome };

/**
 * Counts each conversation once, with what it has cost in the time of the `reads`, and each pull request once. A run without a
 * conversation counts alone. `reads` are of one repository, oldest first.
 */
export function conversationsIn(reads: readonly ReadOutcome[]): readonly Conversation[] {
  const counted = reads.filter(({ outcome }) => outcome.status !== 'skipped');
  const groups = Map.groupBy(counted, ({ id, outcome }) => outcome.conversationUrl || id);
  const seen = new Set<number>();
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    // A step that did not wait (`running`) does not know how the conversation ended.
    const last = group.findLast(({ outcome }) => outcome.status !== 'running') ?? group.at(-1);
    // Only for the types: no group is empty.
    if (first === undefined || last === undefined) return [];
    const named = new Set(group.flatMap(({ outcome }) => outcome.pullRequests));
    const pullRequests = [...named].filter((number) => !seen.has(number));
    pullRequests.forEach((number) => seen.add(number));
    const costs = group.map(({ outcome }) => outcome.costUsd).filter((cost) => cost !== null);
    const before = group.map(({ outcome }) => outcome.costBeforeUsd).filter((cost) => cost !== null);
    // Where nobody knows what it had cost before, all of it counts.
    const earliest = before.length === 0 ? 0 : Math.min(...before);
    return [
      {
        workflow: first.workflow,
        date: first.date,
        ended: endOf(last.outcome),
        costUsd: Math.max(0, Math.max(0, ...costs) - earliest),
        isCostUnknown: costs.length === 0 && first.outcome.conversationUrl !== '',
        pullRequests,
      },
    ];
  });
}

/** Returns the status of a step, and its kind of failure if the status does not say it, as `over-budget` does. */
function endOf({ status, failureKind }: StepOutcome): string {
  const words = status === 'running' ? 'not waited for' : status;
  const hasMoreToSay = failureKind !== '' && !status.endsWith(failureKind);
  return hasMoreToSay ? `${words} (${failureKind})` : words;
}

/** The sums of a workflow, a repository, or all. */
export interface Sums {
  readonly runs: number;
  /** How many conversations ended in each way. */
  readonly ended: Readonly<Record<string, number>>;
  /** An unknown cost counts as 0. */
  readonly 'cost-usd': number;
  /** How many conversations have an unknown cost. */
  readonly 'unknown-costs': number;
  readonly merged: number;
  readonly closed: number;
  readonly open: number;
  /** The cost for each merged pull request; `null` if there is none. */
  readonly 'cost-per-merged-usd': number | null;
}

/** A conversation, with the states of those of its pull requests that could be read. */
export type Counted = Conversation & { readonly states: readonly PullState[] };

/** Adds up conversations. */
export function sumsOf(conversations: readonly Counted[]): Sums {
  const cost = toMillionths(conversations.reduce((sum, { costUsd }) => sum + costUsd, 0));
  const states = conversations.flatMap((each) => each.states);
  const count = (state: PullState): number => states.filter((each) => each === state).length;
  const merged = count('merged');
  const ends = Map.groupBy(conversations, ({ ended }) => ended);
  const ended = [...ends].map(([end, group]) => [end, group.length] as const);
  return {
    runs: conversations.length,
    ended: Object.fromEntries(ended.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    'cost-usd': cost,
    'unknown-costs': conversations.filter((each) => each.isCostUnknown).length,
    merged,
    closed: count('closed'),
    open: count('open'),
    'cost-per-merged-usd': merged === 0 ? null : toMillionths(cost / merged),
  };
}

/** Rounds to millionths: a sum of decimal fractions is a little off. */
function toMillionths(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
