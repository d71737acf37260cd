import * as v from 'valibot';

import { shorten } from '../../src/text/safe.ts';
import { MAX_DAYS } from './inputs.ts';
import { MAX_ZIP_BYTES } from './outcome-file.ts';
import { DAY_MS } from './period.ts';

/** Source: https://docs.github.com/rest/actions/artifacts */
export const Artifact = v.object({
  id: v.number(),
  name: v.string(),
  size_in_bytes: v.number(),
  expired: v.boolean(),
  created_at: v.nullish(v.string(), ''),
  expires_at: v.nullish(v.string(), ''),
  workflow_run: v.nullish(v.object({ id: v.nullish(v.number()) })),
});
export type Artifact = v.InferOutput<typeof Artifact>;

/** Source: https://docs.github.com/rest/actions/workflow-runs. The head repository is null if the fork was deleted. */
export const Run = v.object({
  id: v.number(),
  name: v.nullish(v.string(), ''),
  created_at: v.pipe(v.string(), v.isoTimestamp()),
  repository: v.object({ id: v.number() }),
  head_repository: v.nullish(v.object({ id: v.number() })),
});
export type Run = v.InferOutput<typeof Run>;

/** What GitHub says of an outcome file that a run has uploaded. */
export interface Upload {
  /** The id of the artifact. */
  readonly id: number;
  /** The id of the run. */
  readonly run: number;
  readonly workflow: string;
  /** When the run was created, as an ISO timestamp. */
  readonly date: string;
  /** Whether a run for a fork has made it: anybody can. */
  readonly isOfFork: boolean;
  readonly isTooLarge: boolean;
  /** Whether GitHub has deleted its content. */
  readonly isExpired: boolean;
  /** For how many days GitHub keeps it. */
  readonly keptDays: number;
}

/** The longest name of a workflow in the report. */
const MAX_NAME_LENGTH = 100;
const NAME = /^openhands-outcome-[0-9a-f-]+$/;

/** Whether an artifact has the name of an outcome file. */
export function isOutcomeFile({ name }: Artifact): boolean {
  return NAME.test(name);
}

/**
 * Joins artifacts with their runs. Returns the outcome files of the workflows, those of the oldest run first.
 *
 * @param workflows the names of the workflows; all if it is empty.
 */
export function uploadsIn(
  artifacts: readonly Artifact[],
  runs: readonly Run[],
  workflows: readonly string[],
): readonly Upload[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  return artifacts
    .filter(isOutcomeFile)
    .flatMap(({ id, size_in_bytes, expired, created_at, expires_at, workflow_run }) => {
      const run = byId.get(workflow_run?.id ?? -1);
      if (run === undefined || (workflows.length > 0 && !workflows.includes(run.name))) return [];
      const isOfFork = run.head_repository?.id !== run.repository.id;
      const isTooLarge = size_in_bytes > MAX_ZIP_BYTES;
      const workflow = shorten(run.name, MAX_NAME_LENGTH);
      const days = Math.round((Date.parse(expires_at) - Date.parse(created_at)) / DAY_MS);
      const keptDays = Number.isNaN(days) ? MAX_DAYS : days;
      const date = run.created_at;
      return [{ id, run: run.id, workflow, date, isOfFork, isTooLarge, isExpired: expired, keptDays }];
    })
    .toSorted((a, b) => a.date.localeCompare(b.date) || a.id - b.id);
}

/** Whether the repository keeps outcome files for at least `days` days. `uploads`: its own; without any, it keeps them as run.yml asks for. */
export function areKeptFor(days: number, uploads: readonly Upload[]): boolean {
  return uploads.length === 0 ? days <= MAX_DAYS : uploads.every(({ keptDays }) => keptDays >= days);
}
