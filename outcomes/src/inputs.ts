import type { InputReader } from '../../src/inputs/reader.ts';
import { lastDays, monthIn, type Period } from './period.ts';

/** The names of the inputs, as in `outcomes/action.yml`. */
export const OUTCOMES_INPUT_NAMES = ['days', 'month', 'workflows', 'repositories', 'github-token'] as const;
export type OutcomesInputName = (typeof OUTCOMES_INPUT_NAMES)[number];

/** The names of the outputs, as in `outcomes/action.yml`. */
export const OUTCOMES_OUTPUT_NAMES = ['report', 'report-file'] as const;
export type OutcomesOutputName = (typeof OUTCOMES_OUTPUT_NAMES)[number];

export interface OutcomesInputs {
  readonly period: Period;
  /** The names of the workflows that count; all if it is empty. */
  readonly workflows: readonly string[];
  /** Each is `owner/repo`, or `owner/*` for all of an organization. */
  readonly repositories: readonly string[];
  readonly token: string;
}

const DEFAULT_DAYS = 28;
/** GitHub keeps artifacts for at most 90 days, unless a private repository asks for more. */
export const MAX_DAYS = 90;
const LINE = /^[\w.-]{1,100}\/(?:\*|[\w.-]{1,100})$/;

/** Reads the inputs. `here` is the workflow's repository. `now` is in milliseconds since 1970. */
export function outcomesInputsIn(
  read: InputReader<OutcomesInputName>,
  here: string,
  now: number,
): OutcomesInputs {
  const days = read.parsed('days', `it must be a whole number from 1 to ${MAX_DAYS}`, daysIn, DEFAULT_DAYS);
  const rule = 'it must be this month or an earlier one, such as 2026-10, or last';
  return {
    period: read.parsed('month', rule, (value) => monthIn(value, now), lastDays(days, now)),
    workflows: partsOf(read.given('workflows').value, ','),
    repositories: read.parsed(
      'repositories',
      'each line must be owner/repo, or owner/* for an organization',
      repositoriesIn,
      [here],
    ),
    token: read.given('github-token').value,
  };
}

function daysIn(value: string): number | undefined {
  const days = /^\d{1,2}$/.test(value) ? Number(value) : 0;
  return days >= 1 && days <= MAX_DAYS ? days : undefined;
}

function repositoriesIn(value: string): readonly string[] | undefined {
  const lines = partsOf(value, '\n');
  return lines.every((line) => LINE.test(line)) ? lines : undefined;
}

function partsOf(value: string, separator: string): readonly string[] {
  return value
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
