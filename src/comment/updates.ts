import { type Clock, Interruption, withDeadline } from '../conversation/clock.ts';
import { GitHubFailure } from '../github/failure.ts';
import type { GitHubClient } from '../github/octokit.ts';
import type { Runner } from '../github/runner.ts';
import { asClause } from '../text/safe.ts';
import type { Secrets } from '../text/secrets.ts';
import { toError } from '../text/to-error.ts';
import {
  type CommentPlace,
  isMarkedFor,
  isProvisional,
  markerOf,
  withMarker,
  withoutMarker,
} from './marker.ts';
import { deleteComment, findComment, type OwnComment, type Thread, writeComment } from './thread.ts';

/** The pause between edits: each is a request, and an entry in the comment's edit history. */
const EDIT_MS = 30_000;
/** How long the last edit may delay the end of a step. */
const FINISH_MS = 20_000;
/** How long the last edit may take in post, which is the last chance: longer than any rate limit that is waited for. */
const FINISH_IN_POST_MS = 90_000;

/** A text for the comment. */
export interface CommentText {
  readonly text: string;
  /** Whether it is about no conversation yet: then it may only replace another such text. */
  readonly isProvisional?: boolean;
  /** Returns the text of an earlier run with what this run adds to it; `undefined` to replace it. */
  readonly appendTo?: (earlier: string) => string | undefined;
}

/** The limits of the last edit: a timeout in milliseconds, capped at 20 s, and a signal that aborts the edit. */
export interface EditLimit {
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

interface UpdaterOptions extends Pick<Thread, 'place'> {
  readonly github: GitHubClient;
  readonly clock: Clock;
  /** The id in its marker until {@link CommentUpdater.identify}. */
  readonly id: string;
  readonly signingKey: string | undefined;
  readonly runner: Pick<Runner, 'warning'> & { readonly secrets: Pick<Secrets, 'redact'> };
}

/** A comment that is kept up to date. Nothing here throws: the first failure is a warning, as it does not fail the step. */
export interface CommentUpdater {
  /** Sets the id in the marker, from the next edit on. The comment can still be found by its earlier ids. */
  readonly identify: (id: string) => void;
  /** Shows a text later, unless a newer one replaces it; returns at once. An urgent text skips the pause between edits. */
  readonly show: (text: CommentText, isUrgent?: boolean) => void;
  /** Writes the last text, and ends. Returns whether it was written or never can be: then nothing is left to do. */
  readonly finish: (last: CommentText, limit?: EditLimit) => Promise<boolean>;
}

/**
 * Keeps one comment for one conversation. Edits the comment that the same token wrote in an earlier run, or in this run before
 * post; otherwise creates one. Each text ends in the conversation's marker.
 */
export function startUpdating(options: UpdaterOptions): CommentUpdater {
  const { clock, place, signingKey, runner } = options;
  const requests = new AbortController();
  const ids = [options.id];
  const thread: Thread = {
    place,
    github: options.github.during(requests.signal),
    isOurs: (body) => ids.some((id) => isMarkedFor(id, body, place, signingKey)),
  };
  const sign = ({ text, isProvisional }: CommentText): string =>
    // Redacts before the marker is added: a redacted marker could not be found again.
    withMarker(runner.secrets.redact(text), markerOf(ids.at(-1) ?? '', place, signingKey), isProvisional);
  let commentId: number | undefined;
  let failure: unknown;
  let next: CommentText | undefined;
  let isOver = false;
  let pause = new AbortController();
  let editing: Promise<void> | undefined;

  /** Returns whether the text was written or can never be. */
  const write = async (text: CommentText): Promise<boolean> => {
    if (isPermanent(failure)) return true;
    try {
      commentId = await writeTo(thread, commentId, text, sign);
      return true;
    } catch (error) {
      if (failure === undefined) runner.warning(warningFor(error, place));
      failure = error;
      return isPermanent(error);
    }
  };

  const editUntilUpToDate = async (): Promise<void> => {
    while (next !== undefined && !isOver) {
      const text = next;
      next = undefined;
      pause = new AbortController();
      await write(text);
      await clock.sleep(EDIT_MS, pause.signal).catch(() => undefined);
    }
    editing = undefined;
  };

  return {
    identify(id) {
      if (ids.at(-1) !== id) ids.push(id);
    },
    show(text, isUrgent = false) {
      next = text;
      if (isUrgent) pause.abort();
      editing ??= editUntilUpToDate();
    },
    async finish(last, limit) {
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
        return write(last);
      });
    },
  };
}

/** Writes a text, unless it is provisional and the comment is not. Returns the comment's id. */
async function writeTo(
  thread: Thread,
  known: number | undefined,
  text: CommentText,
  sign: (text: CommentText) => string,
): Promise<number> {
  // Before a provisional text, reads the comment again: another run with the same idempotency key may have edited it.
  const mustRead = known === undefined || text.appendTo !== undefined || text.isProvisional;
  const found = mustRead ? await findComment(thread) : undefined;
  if (found !== undefined && !mayReplace(found, text)) return found.id;
  const longer = found && text.appendTo?.(withoutMarker(found.body));
  const body = sign({ ...text, ...(longer !== undefined && { text: longer }) });
  const id = found?.id ?? known;
  return id === undefined ? createOnce(thread, text, body) : writeComment(thread, id, body);
}

/** Creates the comment. If another run created one at the same moment, keeps the first, and removes this one. */
async function createOnce(thread: Thread, text: CommentText, body: string): Promise<number> {
  const created = await writeComment(thread, undefined, body);
  const first = await findComment(thread).catch(() => undefined);
  if (first === undefined || first.id >= created) return created;
  await deleteComment(thread, created);
  return mayReplace(first, text) ? writeComment(thread, first.id, body) : first.id;
}

function mayReplace(comment: OwnComment, text: CommentText): boolean {
  return !text.isProvisional || isProvisional(comment.body);
}

/** Whether a retry a minute later would fail, too. */
function isPermanent(error: unknown): boolean {
  return (
    error instanceof GitHubFailure &&
    error.retryAfterMs === undefined &&
    [401, 403, 404, 410].includes(error.status)
  );
}

/**
 * Source of the permissions: "Create an issue comment" in https://docs.github.com/rest/issues/comments (either), and
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions
 */
const ADVICE =
  'check issue-number, check github-token, and give the job the permission issues: write, or on a pull request pull-requests: write';

function warningFor(error: unknown, { repository, issue }: CommentPlace): string {
  const where = `${repository}#${issue}`;
  if (!(error instanceof GitHubFailure)) {
    const because = error instanceof Interruption ? 'no answer in time' : toError(error).message;
    return `The comment on ${where} is not up to date: ${because}`;
  }
  const advice = isPermanent(error) ? `. What to do: ${ADVICE}` : '';
  return `Failed to ${error.failedTo} on ${where}: ${asClause(error.message)}${advice}`;
}
