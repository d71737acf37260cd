import { type Clock, Interruption, withDeadline } from '../conversation/clock.ts';
import { GitHubFailure } from '../github/failure.ts';
import type { GitHub } from '../github/octokit.ts';
import { toError } from '../text/to-error.ts';
import { type CommentPlace, isMarkedFor, isProvisional, marked, markerOf, provisional } from './marker.ts';
import { type OwnComment, type Thread, threadAt, type ThreadKind } from './thread.ts';

/** The pause between edits: each is a request, and an entry in the comment's edit history. */
const EDIT_MS = 30_000;
/** How long the last edit may delay the end of a step. */
const FINISH_MS = 20_000;
/** How long the last edit may take in post, which is the last chance: longer than the rate limits that are waited for. */
const LAST_MS = 90_000;

/** The limit of the last edit. */
export interface EditLimit {
  /** The timeout in milliseconds; at most 20 s count. */
  readonly limitMs: number;
  /** Aborts the edit. */
  readonly signal: AbortSignal;
}

/** What {@link keepComment} needs. */
export interface KeepOptions {
  readonly github: GitHub;
  readonly clock: Clock;
  readonly place: CommentPlace;
  /** The id in its marker until {@link ConversationComment.identify}. */
  readonly id: string;
  /** The key that signs its marker, if there is one. */
  readonly signingKey: string | undefined;
  /** Redacts what is written. */
  readonly redact: (text: string) => string;
  /** Logs the first failure as a warning, as a failed comment does not fail the step. Called at most once. */
  readonly warn: (text: string) => void;
  /** Logs that an earlier text is kept. Called at most once. */
  readonly info: (text: string) => void;
}

/** One comment for one conversation, edited in place. No method throws. */
export interface ConversationComment {
  /** Sets the id in the marker, from the next edit on. The comment can still be found by its earlier ids. */
  identify(id: string): void;
  /** Shows a text later, unless a newer one replaces it; returns at once. An urgent text skips the pause between edits. */
  show(body: string, isUrgent?: boolean): void;
  /**
   * Writes the last text. Returns whether nothing is left to do: the text was written, or can never be. It must be called
   * however the step ends: until then a timer may keep the process alive.
   */
  finish(body: string, limit?: EditLimit): Promise<boolean>;
}

/**
 * Keeps the comment of a conversation up to date. Edits the comment that the same token wrote in an earlier run, or in this
 * run before post; otherwise creates one. Each text ends in the conversation's marker. A provisional text never replaces a
 * text about the conversation.
 */
export function keepComment(options: KeepOptions): ConversationComment {
  const { clock } = options;
  const finished = new AbortController();
  const requests = new AbortController();
  const ids = [options.id];
  const write = writerOf(options, ids, requests.signal);
  let urgent = new AbortController();
  let latest: string | undefined;
  let editing: Promise<void> | undefined;

  const editWhileNew = async (): Promise<void> => {
    while (latest !== undefined && !finished.signal.aborted) {
      const body = latest;
      latest = undefined;
      urgent = new AbortController();
      const pause = AbortSignal.any([finished.signal, urgent.signal]);
      await write(body);
      await clock.sleep(EDIT_MS, pause).catch(() => undefined);
    }
    editing = undefined;
  };

  return {
    identify(id) {
      if (ids.at(-1) !== id) ids.push(id);
    },
    show(body, isUrgent = false) {
      latest = body;
      if (isUrgent) urgent.abort();
      editing ??= editWhileNew();
    },
    async finish(body, limit) {
      finished.abort();
      const limitMs = limit === undefined ? LAST_MS : Math.min(limit.limitMs, FINISH_MS);
      const given = limit?.signal ?? new AbortController().signal;
      return withDeadline(clock, limitMs, given, async (signal) => {
        const giveUp = (): void => {
          requests.abort(signal.reason);
        };
        if (signal.aborted) giveUp();
        signal.addEventListener('abort', giveUp);
        await editing;
        return write(body);
      });
    },
  };
}

type Write = (body: string) => Promise<boolean>;

/** Returns a function that writes a text, and returns whether the text was written or can never be. */
function writerOf(options: KeepOptions, ids: readonly string[], signal: AbortSignal): Write {
  const { place, github, signingKey, redact, warn, info } = options;
  const thread = threadAt(place, github, signal);
  const isOurs = (body: string): boolean => ids.some((id) => isMarkedFor(id, body, place, signingKey));
  let comment: number | undefined;
  let kind: ThreadKind | undefined;
  let hasFailedForGood = false;
  const logged = new Set<typeof warn>();
  const logOnce = (log: typeof warn, text: string): void => {
    if (!logged.has(log)) log(text);
    logged.add(log);
  };

  const mayWrite = async (body: string): Promise<boolean> => {
    // Before a provisional text, reads the comment again: another run with the same idempotency key may have edited it.
    if (comment !== undefined && !isProvisional(body)) return true;
    const found = await thread.find(isOurs);
    kind = found.kind;
    comment = found.comment?.id ?? comment;
    return found.comment === undefined || mayReplace(found.comment, body);
  };

  return async (text) => {
    if (hasFailedForGood) return true;
    // Redacts before the marker is added: a redacted marker could not be found again.
    const shown = isProvisional(text) ? provisional(redact(text)) : redact(text);
    const body = marked(shown, markerOf(ids.at(-1) ?? '', place, signingKey));
    try {
      if (!(await mayWrite(body))) logOnce(info, keptWords(place));
      else if (comment === undefined) comment = await createOnce(body, thread, isOurs);
      else await thread.update(comment, body);
      return true;
    } catch (error) {
      hasFailedForGood = isPermanent(error);
      logOnce(warn, complaint(error, place, kind));
      return hasFailedForGood;
    }
  };
}

/** Creates the comment. If another run created one at the same moment, keeps the first, and removes this one. */
async function createOnce(body: string, thread: Thread, isOurs: (body: string) => boolean): Promise<number> {
  const created = await thread.create(body);
  const { comment: first } = await thread.find(isOurs).catch(() => ({ comment: undefined }));
  if (first === undefined || first.id >= created) return created;
  await thread.remove(created);
  if (mayReplace(first, body)) await thread.update(first.id, body);
  return first.id;
}

/** Whether a text may replace the comment: a provisional text may only replace another one. */
function mayReplace({ body: current }: OwnComment, body: string): boolean {
  return isProvisional(current) || !isProvisional(body);
}

function keptWords({ repository, issue }: CommentPlace): string {
  return `The comment on ${repository}#${issue} shows another run. It stays unchanged until this run has found the conversation`;
}

/** Whether a retry a minute later would fail, too. */
function isPermanent(error: unknown): boolean {
  return (
    error instanceof GitHubFailure &&
    error.retryAfterMs === undefined &&
    [401, 403, 404, 410].includes(error.status)
  );
}

function complaint(error: unknown, place: CommentPlace, kind: ThreadKind | undefined): string {
  const where = `${place.repository}#${place.issue}`;
  if (error instanceof GitHubFailure)
    return `Failed to ${error.failedTo} on ${where}: ${error.message}${adviceFor(error, kind)}`;
  const because = error instanceof Interruption ? 'no answer in time' : toError(error).message;
  return `The comment on ${where} is not up to date: ${because}`;
}

const PERMISSIONS = { issue: 'issues: write', 'pull request': 'pull-requests: write' } as const;
const EITHER = 'issues: write, or on a pull request pull-requests: write';

/**
 * Source: "Create an issue comment" in https://docs.github.com/rest/issues/comments (either permission), and
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions
 */
function adviceFor({ status, message }: GitHubFailure, kind: ThreadKind | undefined): string {
  const permission = kind === undefined ? EITHER : PERMISSIONS[kind];
  if (status === 401) return '. What to do: check github-token';
  // Other causes of a 403 need no advice about permissions, such as a locked conversation.
  if (status === 403 && /not accessible|permission/i.test(message))
    return `. What to do: give the job the permission ${permission}`;
  return status === 404
    ? `. What to do: check issue-number, and that the comment was not deleted; the job needs the permission ${permission}`
    : '';
}
