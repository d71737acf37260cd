import * as v from 'valibot';

import type { CutShort, Outcome } from './conversation/outcome.ts';
import type { Runner } from './github/runner.ts';
import type { Workflow } from './github/workflow.ts';
import { failureKindOf } from './report/problem.ts';
import { findFilePlace, readTextFile, replaceFile, saveInNewFolder } from './text/file.ts';
import { toError } from './text/to-error.ts';

/** The report (of the action outcomes/) counts at most this many: each has some 200 bytes, and the report reads at most 4 KiB. */
const MAX_COUNTED_PULL_REQUESTS = 10;
/** A longer address is left out: the report only compares it. */
const MAX_URL_LENGTH = 1024;

type FileWorkflow = Pick<Workflow, 'repository' | 'gitHubUrl' | 'temporary'>;

/** The outcome of the step or, until it ends, what is known of its conversation. Without secrets. */
type Account = Outcome | Pick<CutShort, 'conversation' | 'facts'>;

/** Writes an account of the step with the addresses of its pull requests to the file for the report. */
export type WriteOutcome = (account: Account, pullRequests: readonly string[]) => void;

/**
 * Writes the file as it should be if the step is killed, and sets the output that names the file. Returns the function that writes the
 * file at the end of the step.
 */
export function startOutcomeFile(runner: Runner, workflow: FileWorkflow): WriteOutcome {
  try {
    const path = saveInNewFolder(workflow.temporary, 'outcome.json', textOf(undefined, [], workflow));
    runner.output('outcome-file', path);
    runner.saveOutcomeFile(path);
    return writerOf(path, runner, workflow);
  } catch (error) {
    warn(runner, toError(error).message);
    return () => undefined;
  }
}

/**
 * Returns, in post, the function that writes the file of main again, and keeps what post does not know. Another step can have saved the
 * path, so it is checked before each write.
 */
export function savedOutcomeFile(runner: Runner, workflow: FileWorkflow): WriteOutcome {
  const path = runner.savedOutcomeFile();
  if (path === '') return () => undefined;
  const learned = v.parse(Learned, readTextFile(path, [workflow.temporary]));
  const write = writerOf(path, runner, workflow, learned);
  return (account, urls) => {
    write(account, [...new Set([...urls, ...v.parse(Addresses, learned['pull-request-urls'])])]);
  };
}

/** The members of the file that main has written. Another step can have changed them. */
const Learned = v.fallback(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())), {});
const Addresses = v.fallback(v.array(v.string()), []);

/** Returns the function that writes the file at a path. A failure is only a warning. `learned`: members to keep if they are not known now. */
function writerOf(
  path: string,
  runner: Runner,
  workflow: FileWorkflow,
  learned: v.InferOutput<typeof Learned> = {},
): WriteOutcome {
  return (account, pullRequests) => {
    try {
      const found = findFilePlace(path, [workflow.temporary]);
      if ('reason' in found) throw new Error(`${path} ${found.reason}`);
      replaceFile(found.path, textOf(account, pullRequests, workflow, learned));
    } catch (error) {
      warn(runner, toError(error).message);
    }
  };
}

function warn(runner: Runner, because: string): void {
  runner.warning(`the outcome for the report could not be written: ${because}`);
}

/** What the file says about the end of a step that has not ended, or was killed before it could say more. */
const BEFORE_THE_END = { status: 'unknown', 'failure-kind': '', 'cost-usd': null, 'conversation-url': '' };

/** Returns what the file says about the end of a step, or about one that has not ended. */
function endMembersOf(
  account: Account,
): Readonly<Record<keyof typeof BEFORE_THE_END, string | number | null>> {
  const { costUsd = null } = 'facts' in account ? account.facts : {};
  const url = account.conversation?.url ?? '';
  return {
    status: 'status' in account ? account.status : BEFORE_THE_END.status,
    'failure-kind': ('status' in account ? failureKindOf(account) : undefined) ?? '',
    'cost-usd': costUsd,
    'conversation-url': url.length > MAX_URL_LENGTH ? '' : url,
  };
}

/** Returns the text of the file, one line of JSON; without an account, that of a step that has just begun. */
function textOf(
  account: Account | undefined,
  pullRequests: readonly string[],
  { repository, gitHubUrl }: FileWorkflow,
  learned: v.InferOutput<typeof Learned> = {},
): string {
  const members = account === undefined ? BEFORE_THE_END : endMembersOf(account);
  const here = `${gitHubUrl}/${repository}/pull/`.toLowerCase();
  return JSON.stringify({
    ...learned,
    version: 1,
    ...members,
    'cost-usd': members['cost-usd'] ?? learned['cost-usd'] ?? null,
    // The last member: local.yml puts in the pull request that it has opened.
    'pull-request-urls': pullRequests
      .filter((each) => each.toLowerCase().startsWith(here))
      .slice(0, MAX_COUNTED_PULL_REQUESTS),
  });
}
