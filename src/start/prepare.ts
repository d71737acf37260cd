import { ApiFailure, START } from '../port/api.ts';
import type { Workplace } from '../port/assignment.ts';
import { noConversation, type Outcome } from '../port/outcome.ts';
import { CONFIRM_MS, isLastLook, nextWaitMs } from '../port/pace.ts';
import { type FailedStart, isAlive, type KnownPlace, MAX_START_AGE_MS, type Place } from '../port/place.ts';
import { adviceToCheckStart, CHECK_REPOSITORY, type Problem } from '../port/problem.ts';
import { askWithin, catchFailure, sleepUntil } from '../session/ask.ts';
import { readSandboxDetail, type Session } from '../session/session.ts';
import { asClause } from '../text/safe.ts';
import type { WantedStart } from './key.ts';
import { locate } from './locate.ts';

/** When to look at an accepted start first. Later looks come at the pace of polling. */
const FIRST_LOOKS_AFTER_MS = [500, 1_000, 2_000];
/** The longest time between two looks: a start takes seconds. */
const MAX_WAIT_MS = 20_000;
/** How often to look for the conversation of a pending start: with 1.11.0, one of 46 simultaneous starts stays pending for good. */
const SEARCH_EVERY_MS = 30_000;
/** How long to look for a start that seems to have failed, or for its conversation. */
const FIND_MS = 15_000;

const MINUTE_MS = 60_000;
/** A start that has not changed for this long may never change again: a restart of V1's server leaves it as it is. */
const MAX_UNCHANGED_MS = 5 * MINUTE_MS;

/** The conversation of a start. `readyAt`: since when it is ready, in the clock's milliseconds. */
export type Created = KnownPlace & { readonly kind: 'created' | 'no-message' } & {
  readonly readyAt: number;
};

/**
 * Follows a start until its conversation exists. Returns the outcome if that does not happen. A conversation whose agent has no
 * message counts after a minute; at once if `isMessageOptional`.
 */
export async function waitUntilCreated(
  first: KnownPlace,
  wanted: WantedStart,
  isMessageOptional: boolean,
  session: Session,
): Promise<Created | Outcome> {
  const { clock } = session;
  const query = { id: wanted.request.id, isShared: wanted.isShared };
  for (let place = first; ;) {
    const isEnough = isMessageOptional && place.kind === 'no-message';
    const last = isEnough ? place : await follow(place, query, session);
    if ('id' in last) {
      // The server's clock counts only for a start that was ready when it was found: clocks can be wrong.
      const readyMs = last === first ? readyMsOf(last) : 0;
      return { ...last, readyAt: clock.now() - readyMs };
    }
    // The start seems to have failed, but it or its conversation may still exist.
    const found = await askWithin(FIND_MS, session, async (signal) => locate(query, { ...session, signal }));
    if (found === undefined || !(isAlive(found) || found.kind === 'no-message')) {
      // Without an answer of the server, it may not have failed.
      const isCertain = found !== undefined;
      return noConversation(await endFailedStart(last, isCertain, wanted, session));
    }
    place = found;
  }
}

function readyMsOf(place: KnownPlace): number {
  return place.kind === 'created' ? (place.unlisted?.readyMs ?? 0) : 0;
}

/** Follows a start until its conversation exists or it seems to have failed. Returns its last place, or why that cannot be read. */
async function follow(
  first: KnownPlace,
  { id, isShared }: Pick<WantedStart, 'isShared'> & { readonly id: string },
  session: Session,
): Promise<Place | ApiFailure> {
  const { api, clock, deadlineAt, signal } = session;
  const since = clock.now();
  let searchedAt = since;
  // Since when it is not there, or the agent has no message: both are normal for a moment.
  let uncertainSince = since;
  let task: string | undefined;
  for (let place: Place | ApiFailure = first; ;) {
    const now = clock.now();
    if (place instanceof ApiFailure || place.kind === 'created' || place.kind === 'failed') return place;
    if (place.kind === 'pending') {
      task = place.task;
      uncertainSince = now;
      reportPending(place, isShared, session);
      // Some starts stay pending although their conversation exists.
      const isSearchDue = now - searchedAt >= SEARCH_EVERY_MS || isLastLook(deadlineAt - now);
      if (isSearchDue) searchedAt = now;
      const created = isSearchDue ? await findCreated(id, session) : undefined;
      if (created !== undefined) return created;
    } else if (now - uncertainSince >= CONFIRM_MS) return place;
    await sleepUntilNextLookAtStart(since, session);
    place = await catchFailure(
      task === undefined ? locate({ id, isShared }, session) : api.readStart(task, signal),
    );
  }
}

type PendingStart = KnownPlace & { readonly kind: 'pending' };

function reportPending(start: PendingStart, isShared: boolean, { emit }: Session): void {
  const problem = problemIfUnchanged(start, isShared);
  emit({ kind: 'start-phase', phase: start.phase, ...(problem && { problem }) });
}

/** Returns the problem of a start that has not changed for long. The step waits on: a setup script may run meanwhile. */
function problemIfUnchanged(
  { task, phase, createdAt, unchangedMs = 0 }: PendingStart,
  isShared: boolean,
): Problem | undefined {
  if (unchangedMs < MAX_UNCHANGED_MS) return undefined;
  const because = `the start ${task} has not changed for ${Math.floor(unchangedMs / MINUTE_MS)} minutes (${phase}): perhaps its server was restarted`;
  const freeAt =
    createdAt === undefined ? 'half an hour after the start' : formatNextMinute(createdAt + MAX_START_AGE_MS);
  const advice = isShared ? `wait until ${freeAt}` : '';
  return { failedTo: START, because, advice, next: 'again', kind: 'timeout' };
}

/** Formats the next full minute of a time, in UTC. `at`: in milliseconds since 1970. */
function formatNextMinute(at: number): string {
  const minute = new Date(Math.ceil(at / MINUTE_MS) * MINUTE_MS).toISOString();
  return `${minute.slice(0, 16).replace('T', ' ')} UTC`;
}

/** Looks for the conversation of a slow start; `undefined` if it is not there. */
async function findCreated(id: string, session: Session): Promise<KnownPlace | undefined> {
  const found = await catchFailure(locate({ id }, session));
  return 'kind' in found && found.kind === 'created' ? found : undefined;
}

/** Sleeps until the next look at a start that began at `since` is due. */
async function sleepUntilNextLookAtStart(since: number, session: Session): Promise<void> {
  const { clock, deadlineAt, pace, startedAt } = session;
  const now = clock.now();
  const pacedAt = now + nextWaitMs(deadlineAt - now, now - startedAt, pace);
  const early = FIRST_LOOKS_AFTER_MS.map((ms) => since + ms).find((at) => at > now);
  await sleepUntil(Math.min(pacedAt, early ?? now + MAX_WAIT_MS), session);
}

/** Returns why a start failed. `isCertain`: it certainly has. Then its sandbox, which has no agent but may run, is paused. */
async function endFailedStart(
  last: Place | ApiFailure,
  isCertain: boolean,
  wanted: WantedStart,
  session: Session,
): Promise<Problem> {
  const problem = await explainFailure(last, wanted, session);
  const hasFailed = isCertain && !(last instanceof ApiFailure) && last.kind === 'failed';
  if (!hasFailed) return problem;
  const { id } = wanted.request;
  return pauseFailed(last.sandbox, id, await withDetail(problem, id, last, session), session);
}

/** Adds to the problem of a start why its sandbox has failed, if that is the problem and the server says so. */
async function withDetail(
  problem: Problem,
  id: string,
  { sandbox, reason }: FailedStart,
  session: Session,
): Promise<Problem> {
  if (problem.kind !== 'sandbox' || sandbox === undefined) return problem;
  const detail = await readSandboxDetail(id, session, sandbox);
  if (detail === undefined) return problem;
  return { ...problem, because: reason === '' ? detail : `${asClause(problem.because)}: ${detail}` };
}

async function explainFailure(
  last: Place | ApiFailure,
  { request }: WantedStart,
  session: Session,
): Promise<Problem> {
  const advice = adviceToCheckStart(session.api);
  // The start continues even if its progress cannot be read: people must know that before they run the step again.
  if (last instanceof ApiFailure) return { ...last.problem, advice, next: 'find' };
  if (last.kind !== 'failed') {
    // `not-there` or `unreported` for a minute: `follow` returns no other place without an id.
    const because = 'the server no longer knows of the start';
    return { failedTo: START, because, advice, next: 'find', kind: 'server' };
  }
  return last.reason === '' ? explainWithoutReason(request.workplace, session) : givenUpProblem(last);
}

/** Pauses the sandbox of a start that has certainly failed. Adds to the problem if that fails. */
async function pauseFailed(
  sandbox: string | undefined,
  id: string,
  problem: Problem,
  { api, signal, emit }: Session,
): Promise<Problem> {
  const paused = sandbox === undefined ? undefined : await catchFailure(api.pause(sandbox, id, signal));
  emit({ kind: 'no-work' });
  // A sandbox that is not found is gone.
  if (!(paused instanceof ApiFailure) || paused.problem.kind === 'not-found') return problem;
  const why = `its sandbox ${sandbox ?? ''} could not be paused (${paused.problem.because}) and may still run`;
  return { ...problem, because: `${asClause(problem.because)}; ${why}` };
}

/** Returns the problem of a start that failed without a reason. Asks if the account can use the repository: often it cannot. */
async function explainWithoutReason(
  workplace: Workplace | undefined,
  { api, signal }: Session,
): Promise<Problem> {
  const refusal = workplace && (await catchFailure(api.readRepositoryRefusal(workplace, signal)));
  if (!workplace || !refusal || refusal instanceof ApiFailure) return givenUpProblem();
  const advice = `connect the account of the API key to ${workplace.gitProvider} in its settings, so that it can reach ${workplace.repository}`;
  return { failedTo: START, because: refusal, advice, next: 'again', kind: 'auth' };
}

/** Returns the problem of a start that the server gave up, perhaps without a reason. */
function givenUpProblem(start?: FailedStart): Problem {
  const why = { failedTo: START, because: start?.reason ?? 'the server gives no reason' } as const;
  if (start?.isCloneFailure)
    return { ...why, advice: CHECK_REPOSITORY, next: 'new-agent', kind: 'not-found' };
  return { ...why, advice: '', next: 'again', kind: 'sandbox' };
}
