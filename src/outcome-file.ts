import type { Outcome } from './conversation/outcome.ts';
import type { Runner } from './github/runner.ts';
import type { Workflow } from './github/workflow.ts';
import { failureKindOf } from './report/problem.ts';
import { memberOf, parseJson } from './text/data.ts';
import { findFilePlace, readTextFile, replaceFile, saveInNewFolder } from './text/file.ts';
import { toError } from './text/to-error.ts';

/** The report (of the action outcomes/) counts at most this many: each has some 200 bytes, and the report reads at most 4 KiB. */
const MAX_COUNTED_PULL_REQUESTS = 10;
/** A longer address is left out: the report only compares it. */
const MAX_URL_LENGTH = 1024;

/** The number of a pull request. An agent may have named 0, too, which none has. */
const NUMBER = /^[1-9]\d{0,8}$/;
const COST_BEFORE = 'cost-before-usd';

type FileWorkflow = Pick<Workflow, 'repository' | 'gitHubUrl' | 'temporary'>;

/**
 * Writes the outcome of the step with the addresses of its pull requests, without secrets, to the file for the report. Without an outcome,
 * the step has not ended. `costBeforeUsd`: what the conversation had cost before the step; by default, as the file says.
 */
export type WriteOutcome = (
  outcome: Outcome | undefined,
  pullRequests: readonly string[],
  costBeforeUsd?: number | null,
) => void;

/**
 * Writes the file as it should be if the step is killed, and sets the output that names the file. Returns the function that writes the
 * file at the end of the step.
 */
export function startOutcomeFile(runner: Runner, workflow: FileWorkflow): WriteOutcome {
  try {
    const path = saveInNewFolder(workflow.temporary, 'outcome.json', textOf(undefined, [], null, workflow));
    runner.output('outcome-file', path);
    runner.saveOutcomeFile(path);
    return writerOf(path, runner, workflow);
  } catch (error) {
    warn(runner, toError(error).message);
    return () => undefined;
  }
}

/**
 * Returns, in post, the function that writes the file of main again. Another step can have saved the path, so it is checked before each
 * write.
 */
export function savedOutcomeFile(runner: Runner, workflow: FileWorkflow): WriteOutcome {
  const path = runner.savedOutcomeFile();
  return path === '' ? () => undefined : writerOf(path, runner, workflow);
}

/** Returns the function that writes the file at a path. A failure is only a warning. */
function writerOf(path: string, runner: Runner, workflow: FileWorkflow): WriteOutcome {
  return (outcome, pullRequests, costBeforeUsd) => {
    try {
      const found = findFilePlace(path, [workflow.temporary]);
      if ('reason' in found) throw new Error(`${path} ${found.reason}`);
      const before = costBeforeUsd === undefined ? costBeforeIn(path, workflow) : costBeforeUsd;
      replaceFile(found.path, textOf(outcome, pullRequests, before, workflow));
    } catch (error) {
      warn(runner, toError(error).message);
    }
  };
}

/** Returns the member cost-before-usd of the file. Another step can have written the file: any other value is `null`. */
function costBeforeIn(path: string, { temporary }: FileWorkflow): number | null {
  const text = readTextFile(path, [temporary]);
  const file = typeof text === 'string' ? parseJson(text)?.value : undefined;
  const cost = memberOf(file, COST_BEFORE);
  return typeof cost === 'number' && cost >= 0 ? cost : null;
}

function warn(runner: Runner, because: string): void {
  runner.warning(`the outcome for the report could not be written: ${because}`);
}

/** What the file says about the end of a step that has not ended, or was killed before it could say more. */
const BEFORE_THE_END = { status: 'unknown', 'failure-kind': '', 'cost-usd': null, 'conversation-url': '' };

/** Returns what the file says about the end of a step. */
function endMembersOf(
  outcome: Outcome,
): Readonly<Record<keyof typeof BEFORE_THE_END, string | number | null>> {
  const { costUsd = null } = 'facts' in outcome ? outcome.facts : {};
  const url = outcome.conversation?.url ?? '';
  return {
    status: outcome.status,
    'failure-kind': failureKindOf(outcome) ?? '',
    'cost-usd': costUsd,
    'conversation-url': url.length > MAX_URL_LENGTH ? '' : url,
  };
}

/** Returns the text of the file, one line of JSON; without an outcome, that of a step that has not ended. */
function textOf(
  outcome: Outcome | undefined,
  pullRequests: readonly string[],
  costBeforeUsd: number | null,
  { repository, gitHubUrl }: FileWorkflow,
): string {
  const here = `${gitHubUrl}/${repository}/pull/`.toLowerCase();
  return JSON.stringify({
    version: 1,
    ...(outcome === undefined ? BEFORE_THE_END : endMembersOf(outcome)),
    [COST_BEFORE]: costBeforeUsd,
    // The last member: local.yml puts in the pull request that it has opened.
    'pull-request-urls': pullRequests
      .filter((each) => each.toLowerCase().startsWith(here) && NUMBER.test(each.slice(here.length)))
      .slice(0, MAX_COUNTED_PULL_REQUESTS),
  });
}
