import { type ConnectedContext, sessionOf } from './context.ts';
import { newestOf } from './conversation/key.ts';
import type { Outcome } from './conversation/outcome.ts';
import { currentOutcome } from './conversation/wait.ts';
import { whyOpen } from './github/pull-requests.ts';
import type { Key } from './inputs/work.ts';
import { answerIn } from './report/answer.ts';
import { pullRequestUrls } from './report/pull-requests.ts';

/** The values of `if-exists` that may start another conversation of a key. */
export type Restart = Exclude<Key['ifExists'], 'attach' | 'send'>;

/**
 * Returns the id of the conversation that a key leads to: the newest one or, if that has ended as `restart` requires, the next.
 *
 * @param idOf returns the id of a generation of the key.
 * @throws {ApiFailure} if a request fails; the signal's reason once it is aborted.
 */
export async function restartedId(
  restart: Restart,
  idOf: (generation: number) => string,
  context: ConnectedContext,
): Promise<string> {
  const { api, signal, recorder } = context;
  const newest = await newestOf(idOf, api, signal);
  if (newest === undefined) return idOf(0);
  // Events of this look are not emitted: the step emits them once it attaches to the conversation.
  const current = await currentOutcome(newest.id, { ...sessionOf(context), emit: () => undefined });
  const because = await whyKept(restart, current, context);
  const conversation = api.conversation(newest.id);
  recorder.emit({ kind: 'restart-decided', conversation, ...(because !== undefined && { because }) });
  return because === undefined ? idOf(newest.number + 1) : newest.id;
}

/** How many pull requests are read. */
const MAX_PULL_REQUESTS = 10;

const ENDED: readonly Outcome['status'][] = ['finished', 'error', 'stuck', 'missing'];

/** Returns why no other conversation is started, for the middle of a sentence; `undefined` if one is started. */
async function whyKept(
  restart: Restart,
  current: Outcome,
  { world, inputs, github, signal }: ConnectedContext,
): Promise<string | undefined> {
  const { costUsd = 0 } = 'facts' in current ? current.facts : {};
  // One that has reached its budget has ended, too: nothing resumes it.
  const hasEnded = ENDED.includes(current.status) || costUsd >= (inputs.maxCostUsd ?? Infinity);
  if (!hasEnded || !('facts' in current)) return 'the last one has not ended';
  switch (restart) {
    case 'restart':
      return undefined;
    case 'restart-failed':
      return current.status === 'finished'
        ? 'the last one finished, and restart-failed restarts only one that failed'
        : undefined;
    case 'restart-merged': {
      const { gitHubUrl } = world.workflow;
      const { facts } = current;
      const urls = pullRequestUrls(facts, answerIn(current) ?? '', inputs.workplace, gitHubUrl);
      // An answer can name any number of them, and all workflows of a repository share one rate limit.
      if (urls.length > MAX_PULL_REQUESTS)
        return `the last one names ${urls.length} pull requests: those of more than ${MAX_PULL_REQUESTS} are not read, and count as open`;
      const open = await Promise.all(urls.map(async (url) => whyOpen(url, { github, gitHubUrl, signal })));
      return open.find((why) => why !== undefined);
    }
  }
}
