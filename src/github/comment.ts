import { type Clock, Interruption, withDeadline } from '../conversation/clock.ts';
import { toError } from '../text/to-error.ts';
import { GitHubFailure } from './failure.ts';
import { type CommentPlace, isMarkedFor, isVague, marked, markerOf, vague } from './marker.ts';
import type { GitHub } from './octokit.ts';
import { type OwnComment, type Thread, threadAt, type ThreadKind } from './thread.ts';

/** At most one edit in so long a time: each is a request, and a line in the history of the comment. */
const EDIT_MS = 30_000;
/** So long the last edit may hold up the end of a step. */
const FINISH_MS = 20_000;
/** So long it may take in post, after which nobody writes it: longer than a limit of GitHub that is waited for. */
const LAST_MS = 90_000;

/** How long the last edit may take. */
export interface EditLimit {
  /** How long it may take, in milliseconds; 20 s at most. */
  readonly limitMs: number;
  /** Aborted if it is to be given up. */
  readonly signal: AbortSignal;
}

/** What keeping a comment needs. */
export interface CommentOptions {
  readonly github: GitHub;
  readonly clock: Clock;
  readonly place: CommentPlace;
  /** The id that its marker holds until {@link ConversationComment.call}. */
  readonly name: string;
  /** What its marker is sealed with, if anything. */
  readonly sealKey: string | undefined;
  /** Takes secrets out of what is written. */
  readonly redact: (text: string) => string;
  /** Told at most once: what goes wrong with the comment fails nothing. */
  readonly warn: (text: string) => void;
  /** Told at most once, that an earlier text stays. */
  readonly info: (text: string) => void;
}

/** One comment for one conversation, edited in place. Nothing of it throws. */
export interface ConversationComment {
  /** Gives it another id, which its marker holds from the next edit on. It is still found by the earlier ones. */
  identify(name: string): void;
  /** Shows a state of things that the next one may overtake; returns at once. What is urgent waits for no pause. */
  show(body: string, isUrgent?: boolean): void;
  /**
   * Writes the last state of things, and says whether nothing is left to do: it stands there, or never will. To be called
   * however the step ends: until then a timer may keep the process alive.
   */
  finish(body: string, limit?: EditLimit): Promise<boolean>;
}

/**
 * Keeps the comment of a conversation: the one that an earlier run, or this run before it was broken off, wrote with the
 * same token; a new one if there is none. What is written ends in the conversation's marker. A vague text never takes the
 * place of one that tells of the conversation.
 */
export function keepComment(options: CommentOptions): ConversationComment {
  const { clock } = options;
  const finished = new AbortController();
  const requests = new AbortController();
  const names = [options.name];
  const write = writerOf(options, names, requests.signal);
  let urgent = new AbortController();
  let latest: string | undefined;
  let turns: Promise<void> | undefined;

  const takeTurns = async (): Promise<void> => {
    while (latest !== undefined && !finished.signal.aborted) {
      const body = latest;
      latest = undefined;
      urgent = new AbortController();
      const pause = AbortSignal.any([finished.signal, urgent.signal]);
      await write(body);
      await clock.sleep(EDIT_MS, pause).catch(() => undefined);
    }
    turns = undefined;
  };

  return {
    identify(name) {
      if (names.at(-1) !== name) names.push(name);
    },
    show(body, isUrgent = false) {
      latest = body;
      if (isUrgent) urgent.abort();
      turns ??= takeTurns();
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
        await turns;
        return write(body);
      });
    },
  };
}

type Write = (body: string) => Promise<boolean>;

/** Writes bodies one after the other, and says of each whether it stands there, or never will. */
function writerOf(options: CommentOptions, names: readonly string[], signal: AbortSignal): Write {
  const { place, github, sealKey, redact, warn, info } = options;
  const thread = threadAt(place, github, signal);
  const isOurs = (body: string): boolean => names.some((name) => isMarkedFor(name, body, place, sealKey));
  let comment: number | undefined;
  let kind: ThreadKind | undefined;
  let warned = false;
  let hopeless = false;
  let said = false;

  const mayWrite = async (body: string): Promise<boolean> => {
    // Before a vague one it is looked at anew: another run with the same key may have written more, meanwhile.
    if (comment !== undefined && !isVague(body)) return true;
    const sought = await thread.find(isOurs);
    kind = sought.kind ?? kind;
    comment = sought.comment?.id ?? comment;
    return sought.comment === undefined || mayReplace(sought.comment, body);
  };
  const stays = (): void => {
    if (!said) info(keptWords(place));
    said = true;
  };

  return async (text) => {
    if (hopeless) return true;
    // Redacted before: whatever has come to be called a secret, the comment is known by its marker.
    const shown = isVague(text) ? vague(redact(text)) : redact(text);
    const body = marked(shown, markerOf(names.at(-1) ?? '', place, sealKey));
    try {
      if (!(await mayWrite(body))) stays();
      else if (comment === undefined) comment = await createOnce(body, thread, isOurs);
      else await thread.update(comment, body);
      return true;
    } catch (error) {
      hopeless = isLasting(error);
      if (!warned) warn(complaint(error, place, kind));
      warned = true;
      return hopeless;
    }
  };
}

/** Two runs may have looked at the same moment, and found nothing: the first comment stays. */
async function createOnce(body: string, thread: Thread, isOurs: (body: string) => boolean): Promise<number> {
  const created = await thread.create(body);
  const { comment: first } = await thread.find(isOurs).catch(() => ({ comment: undefined }));
  if (first === undefined || first.id >= created) return created;
  await thread.remove(created);
  if (mayReplace(first, body)) await thread.update(first.id, body);
  return first.id;
}

/** What tells of the conversation is worth more than what does not. */
function mayReplace({ body: standing }: OwnComment, body: string): boolean {
  return isVague(standing) || !isVague(body);
}

function keptWords({ repository, issue }: CommentPlace): string {
  return `The comment on ${repository}#${issue} shows another run. It stays unchanged until this run has found the conversation`;
}

/** Whether the same would be refused a minute later, too. */
function isLasting(error: unknown): boolean {
  return (
    error instanceof GitHubFailure &&
    error.retryAfterMs === undefined &&
    [401, 403, 404, 410].includes(error.status)
  );
}

function complaint(error: unknown, place: CommentPlace, kind: ThreadKind | undefined): string {
  const where = `${place.repository}#${place.issue}`;
  if (error instanceof Interruption) return `The comment on ${where} is not up to date: no answer in time`;
  if (!(error instanceof GitHubFailure))
    return `The comment on ${where} is not up to date: ${toError(error).message}`;
  const advice = adviceFor(error, kind);
  return `Failed to ${error.failedTo} on ${where}: ${error.message}${advice === '' ? '' : `. What to do: ${advice}`}`;
}

/**
 * Source: "Create an issue comment" in https://docs.github.com/rest/issues/comments (either permission), and
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions
 */
function adviceFor({ status, message }: GitHubFailure, kind: ThreadKind | undefined): string {
  const permission = {
    issue: 'issues: write',
    'pull request': 'pull-requests: write',
    either: 'issues: write, or on a pull request pull-requests: write',
  }[kind ?? 'either'];
  switch (status) {
    case 401:
      return 'check github-token';
    case 403:
      // A locked conversation, for one, is not opened by a permission.
      return /not accessible|permission/i.test(message) ? `give the job the permission ${permission}` : '';
    case 404:
      return `check issue-number, and that the comment was not deleted; the job needs the permission ${permission}`;
    default:
      return '';
  }
}
