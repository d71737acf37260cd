import * as v from 'valibot';

import type { Runner } from '../github/runner.ts';
import type { Workflow } from '../github/workflow.ts';
import { hasConversation, type KnownConversation, type Outcome } from '../port/outcome.ts';
import { failureKindOf } from '../report/problem.ts';
import { checkPath, readTextFile, replaceFile, saveInNewFolder } from '../text/file.ts';
import { toError } from '../text/to-error.ts';

/** The report (of the action outcomes/) counts at most this many: each has some 200 bytes, and the report reads at most 4 KiB. */
const MAX_COUNTED_PULL_REQUESTS = 10;
/** A longer address is left out: the report only compares it. */
const MAX_URL_LENGTH = 1024;
/** The number of a pull request. An agent may have named 0, too, which none has. */
const NUMBER = /^[1-9]\d{0,8}$/;

type FileWorkflow = Pick<Workflow, 'repository' | 'gitHubUrl' | 'temporary'>;

/** The outcome of the step or, until it ends, what is known of its conversation. Without secrets. */
type Account = Outcome | (KnownConversation & { readonly kind: 'not-over' });

/** What else the file says; what is absent stays as the file says. */
interface Details {
  /** The addresses of the pull requests. */
  readonly pullRequests: readonly string[];
  /** What the conversation had cost before the step, in US dollars; `null` if that is not known. */
  readonly costBeforeUsd?: number | null;
  /** The address of the conversation. Also for a step whose outcome has no conversation, because it could not read it. */
  readonly url?: string | undefined;
}

/** Writes an account of the step to the file for the report; without one, the step has just begun. */
export type WriteOutcome = (account: Account | undefined, details: Details) => void;

const Cost = v.fallback(v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0))), null);
/** What main has written that post may not know. Another step can have changed it. */
const Learned = v.object({
  status: v.fallback(v.string(), 'unknown'),
  'failure-kind': v.fallback(v.string(), ''),
  'conversation-url': v.fallback(v.string(), ''),
  'cost-usd': Cost,
  'cost-before-usd': Cost,
  'pull-request-urls': v.fallback(v.array(v.string()), []),
});
/** What the file says about the end of a step that has not ended, or was killed before it could say more. */
const BEFORE_THE_END = { status: 'unknown', 'failure-kind': '' };

const NOTHING: v.InferOutput<typeof Learned> = {
  ...BEFORE_THE_END,
  'conversation-url': '',
  'cost-usd': null,
  'cost-before-usd': null,
  'pull-request-urls': [],
};
const File = v.fallback(v.pipe(v.string(), v.parseJson(), Learned), NOTHING);

/**
 * Writes the file as it should be if the step is killed, and sets the output that names the file. Returns the function that writes the
 * file at the end of the step.
 */
export function startOutcomeFile(runner: Runner, workflow: FileWorkflow): WriteOutcome {
  try {
    const begun = textOf(undefined, NOTHING, workflow);
    const path = saveInNewFolder(workflow.temporary, 'outcome.json', begun);
    runner.output('outcome-file', path);
    runner.saveOutcomeFile(path);
    return writerOf(path, NOTHING, runner, workflow);
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
  return writerOf(path, v.parse(File, readTextFile(path, [workflow.temporary])), runner, workflow);
}

/** Returns the function that writes the file at a path, if its text changes. A failure is only a warning. */
function writerOf(
  path: string,
  learned: v.InferOutput<typeof Learned>,
  runner: Runner,
  workflow: FileWorkflow,
): WriteOutcome {
  let written: string | undefined;
  return (account, { pullRequests, costBeforeUsd = learned['cost-before-usd'], url }) => {
    try {
      const found = checkPath(path, [workflow.temporary]);
      if ('reason' in found) throw new Error(`${path} ${found.reason}`);
      const urls = [...new Set([...pullRequests, ...learned['pull-request-urls']])];
      const conversationUrl = account?.conversation?.url ?? url ?? learned['conversation-url'];
      const known = {
        ...learned,
        'conversation-url': conversationUrl.length > MAX_URL_LENGTH ? '' : conversationUrl,
        'cost-before-usd': costBeforeUsd,
        'pull-request-urls': urls,
      };
      const text = textOf(account, known, workflow);
      if (text !== written) replaceFile(found.path, text);
      written = text;
    } catch (error) {
      warn(runner, toError(error).message);
    }
  };
}

function warn(runner: Runner, because: string): void {
  runner.warning(`the outcome for the report could not be written: ${because}`);
}

/** Returns what the file says about the end of a step, or about one that has not ended. */
function endMembersOf(account: Account | undefined): typeof BEFORE_THE_END {
  return account === undefined || account.kind === 'not-over'
    ? BEFORE_THE_END
    : { status: account.status, 'failure-kind': failureKindOf(account) ?? '' };
}

/** Returns the text of the file, one line of JSON; without an account, that of a step that has just begun. */
function textOf(
  account: Account | undefined,
  known: v.InferOutput<typeof Learned>,
  { repository, gitHubUrl }: FileWorkflow,
): string {
  const here = `${gitHubUrl}/${repository}/pull/`.toLowerCase();
  const isKnown = account !== undefined && (account.kind === 'not-over' || hasConversation(account));
  const costUsd = isKnown ? account.facts.costUsd : undefined;
  const end = endMembersOf(account);
  // The end that main has written is the step's: post adds only what it has read.
  const hasEnd = known.status !== BEFORE_THE_END.status;
  return JSON.stringify({
    version: 1,
    status: hasEnd ? known.status : end.status,
    'failure-kind': hasEnd ? known['failure-kind'] : end['failure-kind'],
    'conversation-url': known['conversation-url'],
    'cost-usd': costUsd ?? known['cost-usd'],
    'cost-before-usd': known['cost-before-usd'],
    // The last member: local.yml puts in the pull request that it has opened.
    'pull-request-urls': known['pull-request-urls']
      .filter((each) => each.toLowerCase().startsWith(here) && NUMBER.test(each.slice(here.length)))
      .slice(0, MAX_COUNTED_PULL_REQUESTS),
  });
}
