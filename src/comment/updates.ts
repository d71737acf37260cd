import { GitHubFailure, isOutOfReach } from '../github/failure.ts';
import type { GitHubClient } from '../github/octokit.ts';
import type { Runner } from '../github/runner.ts';
import { type Clock, withDeadline } from '../port/clock.ts';
import { Interruption } from '../port/interruption.ts';
import { asClause } from '../text/safe.ts';
import type { Secrets } from '../text/secrets.ts';
import { toError } from '../text/to-error.ts';
import { type CommentPlace, markerOf, readOwnMarker, withMarker } from './marker.ts';
import { ownComment } from './own-comment.ts';
import { CommentGone, type CommentThread } from './thread.ts';

/** The pause between edits: each is a request, and an entry in the comment's edit history. */
const EDIT_MS = 30_000;
/** How long the last edit may delay the end of a step. */
const FINISH_MS = 20_000;
/** How long the last edit may take in post, which is the last chance: longer than any rate limit that is waited for. */
const FINISH_IN_POST_MS = 90_000;
/** The wait between two tries in post, if GitHub names none: longer after each. */
const BACKOFF_MS = 2_000;

/** Begins a comment that GitHub has refused as a reply: the thread may be gone. */
const NOT_IN_THREAD = '<p>GitHub did not take this as a reply in the thread of the task.</p>';

/** The limits of the last write: a timeout in milliseconds, capped at 20 s, and a signal that aborts it. */
export interface EditLimit {
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

interface UpdaterOptions extends Pick<CommentThread, 'place'> {
  readonly github: GitHubClient;
  readonly clock: Clock;
  /** The id in its marker. */
  readonly id: string;
  /** Whether the comment may be there already: in a later attempt of the run, and in post. */
  readonly mayExist: boolean;
  readonly signingKey: string | undefined;
  readonly runner: Pick<Runner, 'warning'> & { readonly secrets: Pick<Secrets, 'redact'> };
}

/** A comment that is kept up to date. Nothing here throws: the first failure is a warning, as it does not fail the step. */
export interface CommentUpdater {
  /** Shows a text later, unless a newer one replaces it; returns at once. An urgent text skips the pause between edits. */
  readonly show: (text: string, isUrgent?: boolean) => void;
  /**
   * Writes the text of the end, and ends. `mustNotify`: as a new comment, unless it would replace one of less than a minute.
   * `limit`: absent in post. Returns whether nothing is left to do: it was written, or GitHub has refused to create the
   * comment.
   */
  readonly finish: (last: string, mustNotify: boolean, limit?: EditLimit) => Promise<boolean>;
}

/** Keeps the one comment of a step up to date. Each text ends in the step's marker. */
export function startUpdating(options: UpdaterOptions): CommentUpdater {
  const { clock, place, signingKey, runner, id, mayExist } = options;
  /** Ends all requests at the limit of the last write, also those of an edit before it. */
  const requests = new AbortController();
  const comment = ownComment({
    clock,
    mayExist,
    thread: {
      place,
      github: options.github.during(requests.signal),
      readOwnMarker: (body) => readOwnMarker(id, body, place, signingKey),
    },
    // Redacts before the marker is added: a redacted marker could not be found again.
    bodyOf: (text, isEnd, isReply) => {
      const shown = isReply || place.thread === undefined ? text : `${NOT_IN_THREAD}\n\n${text}`;
      return withMarker(runner.secrets.redact(shown), markerOf(id, place, signingKey, isEnd));
    },
  });
  /** The last failure; `undefined` before the first. */
  let failure: unknown;
  /** The newest text that is not written yet. */
  let next: string | undefined;
  let isOver = false;
  /** Ends the pause after an edit early. */
  let pause = new AbortController();
  /** The edits that are under way; `undefined` if the comment is up to date. */
  let editing: Promise<void> | undefined;

  /** Returns whether the write worked. Warns only of the first failure. */
  const tryTo = async (write: () => Promise<void>): Promise<boolean> => {
    try {
      await write();
      return true;
    } catch (error) {
      if (failure === undefined) runner.warning(warningFor(error, place));
      failure = error;
      return false;
    }
  };

  const editUntilUpToDate = async (): Promise<void> => {
    while (next !== undefined && !isOver) {
      const text = next;
      next = undefined;
      pause = new AbortController();
      // What was refused is tried once more, at the end.
      if (!isOutOfReach(failure)) await tryTo(async () => comment.write(text));
      await clock.sleep(EDIT_MS, pause.signal).catch(() => undefined);
    }
    editing = undefined;
  };

  return {
    show(text, isUrgent = false) {
      next = text;
      if (isUrgent) pause.abort();
      editing ??= editUntilUpToDate();
    },
    async finish(last, mustNotify, limit) {
      isOver = true;
      pause.abort();
      const limitMs = limit === undefined ? FINISH_IN_POST_MS : Math.min(limit.limitMs, FINISH_MS);
      const given = limit?.signal ?? new AbortController().signal;
      return withDeadline(clock, limitMs, given, async (signal) => {
        const giveUp = (): void => {
          requests.abort(signal.reason);
        };
        if (signal.aborted) giveUp();
        signal.addEventListener('abort', giveUp);
        await editing;
        const end = async (): Promise<void> => comment.end(last, mustNotify);
        const endsBy = clock.now() + limitMs;
        const write = limit === undefined ? async () => keepTrying(end, { clock, signal, endsBy }) : end;
        return (await tryTo(write)) || !comment.mayBeThere();
      });
    },
  };
}

/** Writes again until that works, or the time is over: GitHub may take later what it has refused. Throws the last failure. */
async function keepTrying(
  write: () => Promise<void>,
  { clock, signal, endsBy }: { readonly clock: Clock; readonly signal: AbortSignal; readonly endsBy: number },
): Promise<void> {
  for (let waitMs = BACKOFF_MS; ; waitMs += BACKOFF_MS) {
    try {
      await write();
      return;
    } catch (error) {
      const { retryAfterMs = waitMs } = error instanceof GitHubFailure ? error : {};
      if (clock.now() + retryAfterMs >= endsBy) throw error;
      await clock.sleep(retryAfterMs, signal);
    }
  }
}

/**
 * Source of the permissions: "Create an issue comment" in https://docs.github.com/rest/issues/comments (either), and
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions
 */
const PERMISSION_ADVICE =
  'give the job the permission issues: write, or on a pull request pull-requests: write';
/** GitHub answers so about what the token may not see, too. */
const PLACE_ADVICE = 'check issue-number and github-token';

function warningFor(error: unknown, { repository, issue }: CommentPlace): string {
  const where = `${repository}#${issue}`;
  if (!(error instanceof GitHubFailure)) {
    const because = error instanceof Interruption ? 'no answer in time' : toError(error).message;
    return `The comment on ${where} is not up to date: ${because}`;
  }
  if (error instanceof CommentGone)
    return `The comment on ${where} was deleted: a new one is written at the end of the step`;
  const failure = `Failed to ${error.failedTo} on ${where}: ${asClause(error.message)}`;
  if (!isOutOfReach(error)) return failure;
  return `${failure}. What to do: ${error.status === 403 ? PERMISSION_ADVICE : PLACE_ADVICE}`;
}
