import { type Clock, Interruption, withDeadline } from '../conversation/clock.ts';
import { GitHubFailure } from '../github/failure.ts';
import type { GitHub } from '../github/octokit.ts';
import type { Runner } from '../github/runner.ts';
import { asClause } from '../text/safe.ts';
import type { Secrets } from '../text/secrets.ts';
import { toError } from '../text/to-error.ts';
import {
  type CommentPlace,
  isMarkedFor,
  isProvisional,
  marked,
  markerOf,
  provisional,
  unmarked,
} from './marker.ts';
import { type OwnComment, Thread } from './thread.ts';

/** The pause between edits: each is a request, and an entry in the comment's edit history. */
const EDIT_MS = 30_000;
/** How long the last edit may delay the end of a step. */
const FINISH_MS = 20_000;
/** How long the last edit may take in post, which is the last chance: longer than the rate limits that are waited for. */
const LAST_MS = 90_000;

/** The last text of a step. */
export interface LastText {
  readonly text: string;
  /** Returns the text of an earlier run with what this run adds to it; `undefined` to replace it. */
  readonly addedTo?: (earlier: string) => string | undefined;
}

/** The limit of the last edit. */
export interface EditLimit {
  /** The timeout in milliseconds; at most 20 s count. */
  readonly limitMs: number;
  /** Aborts the edit. */
  readonly signal: AbortSignal;
}

/** What {@link ConversationComment} needs. */
export interface KeepOptions {
  readonly github: GitHub;
  readonly clock: Clock;
  readonly place: CommentPlace;
  /** The id in its marker until {@link ConversationComment.identify}. */
  readonly id: string;
  /** The key that signs its marker, if there is one. */
  readonly signingKey: string | undefined;
  readonly runner: Pick<Runner, 'warning'> & { readonly secrets: Pick<Secrets, 'redact'> };
}

/**
 * One comment for one conversation, kept up to date. Edits the comment that the same token wrote in an earlier run, or in this
 * run before post; otherwise creates one. Each text ends in the conversation's marker. A provisional text never replaces a text
 * about the conversation. The first failure is a warning, as it does not fail the step. No method throws.
 */
export class ConversationComment {
  readonly #options: KeepOptions;
  readonly #thread: Thread;
  readonly #ids: string[];
  readonly #finished = new AbortController();
  readonly #requests = new AbortController();
  #urgent = new AbortController();
  /** The text to show next. */
  #latest: string | undefined;
  #editing: Promise<void> | undefined;
  #comment: number | undefined;
  #hasFailedForGood = false;
  #hasWarned = false;

  constructor(options: KeepOptions) {
    this.#options = options;
    this.#ids = [options.id];
    this.#thread = new Thread(options.place, options.github, this.#requests.signal);
  }

  /** Sets the id in the marker, from the next edit on. The comment can still be found by its earlier ids. */
  identify(id: string): void {
    if (this.#ids.at(-1) !== id) this.#ids.push(id);
  }

  /** Shows a text later, unless a newer one replaces it; returns at once. An urgent text skips the pause between edits. */
  show(body: string, isUrgent = false): void {
    this.#latest = body;
    if (isUrgent) this.#urgent.abort();
    this.#editing ??= this.#editWhileNew();
  }

  /**
   * Writes the last text. Returns whether nothing is left to do: the text was written, or can never be. It must be called
   * however the step ends: until then a timer may keep the process alive.
   */
  async finish(body: string, limit?: EditLimit, addedTo?: LastText['addedTo']): Promise<boolean> {
    this.#finished.abort();
    const limitMs = limit === undefined ? LAST_MS : Math.min(limit.limitMs, FINISH_MS);
    const given = limit?.signal ?? new AbortController().signal;
    return withDeadline(this.#options.clock, limitMs, given, async (signal) => {
      const giveUp = (): void => {
        this.#requests.abort(signal.reason);
      };
      if (signal.aborted) giveUp();
      signal.addEventListener('abort', giveUp);
      await this.#editing;
      return this.#write(body, addedTo);
    });
  }

  async #editWhileNew(): Promise<void> {
    while (this.#latest !== undefined && !this.#finished.signal.aborted) {
      const body = this.#latest;
      this.#latest = undefined;
      this.#urgent = new AbortController();
      const pause = AbortSignal.any([this.#finished.signal, this.#urgent.signal]);
      await this.#write(body);
      await this.#options.clock.sleep(EDIT_MS, pause).catch(() => undefined);
    }
    this.#editing = undefined;
  }

  /** Writes a text. Returns whether it was written or can never be. */
  async #write(text: string, addedTo?: LastText['addedTo']): Promise<boolean> {
    if (this.#hasFailedForGood) return true;
    const { place, signingKey, runner } = this.#options;
    try {
      const earlier = addedTo && (await this.#thread.find(this.#isOurs));
      const whole = (earlier && addedTo(unmarked(earlier.body))) ?? text;
      // Redacts before the marker is added: a redacted marker could not be found again.
      const shown = runner.secrets.redact(whole);
      const body = marked(
        isProvisional(whole) ? provisional(shown) : shown,
        markerOf(this.#ids.at(-1) ?? '', place, signingKey),
      );
      if (await this.#mayWrite(body)) {
        if (this.#comment === undefined) this.#comment = await this.#createOnce(body);
        else await this.#thread.update(this.#comment, body);
      }
      return true;
    } catch (error) {
      this.#hasFailedForGood = isPermanent(error);
      if (!this.#hasWarned) runner.warning(complaint(error, place));
      this.#hasWarned = true;
      return this.#hasFailedForGood;
    }
  }

  async #mayWrite(body: string): Promise<boolean> {
    // Before a provisional text, reads the comment again: another run with the same idempotency key may have edited it.
    if (this.#comment !== undefined && !isProvisional(body)) return true;
    const found = await this.#thread.find(this.#isOurs);
    this.#comment = found?.id ?? this.#comment;
    return found === undefined || mayReplace(found, body);
  }

  readonly #isOurs = (body: string): boolean => {
    const { place, signingKey } = this.#options;
    return this.#ids.some((id) => isMarkedFor(id, body, place, signingKey));
  };

  /** Creates the comment. If another run created one at the same moment, keeps the first, and removes this one. */
  async #createOnce(body: string): Promise<number> {
    const created = await this.#thread.create(body);
    const first = await this.#thread.find(this.#isOurs).catch(() => undefined);
    if (first === undefined || first.id >= created) return created;
    await this.#thread.remove(created);
    if (mayReplace(first, body)) await this.#thread.update(first.id, body);
    return first.id;
  }
}

/** Whether a text may replace the comment: a provisional text may only replace another one. */
function mayReplace({ body: current }: OwnComment, body: string): boolean {
  return isProvisional(current) || !isProvisional(body);
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

function complaint(error: unknown, { repository, issue }: CommentPlace): string {
  const where = `${repository}#${issue}`;
  if (!(error instanceof GitHubFailure)) {
    const because = error instanceof Interruption ? 'no answer in time' : toError(error).message;
    return `The comment on ${where} is not up to date: ${because}`;
  }
  const advice = isPermanent(error) ? `. What to do: ${ADVICE}` : '';
  return `Failed to ${error.failedTo} on ${where}: ${asClause(error.message)}${advice}`;
}
