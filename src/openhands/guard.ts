import type { ConversationApi, Delivery, Found, Sandbox, StartProgress } from '../conversation/api.ts';
import type {
  Facts,
  PushUpdate,
  Result,
  Snapshot,
  Steps,
  StoredState,
} from '../conversation/conversation.ts';
import { shorten, singleLine } from '../text/safe.ts';

const LONGEST_PHASE = 100;
const LONGEST_TITLE = 300;
const LONGEST_REASON = 500;
const LONGEST_STEP = 200;
/** No conversation opens more; one that claims to would fill the log and the summary. */
const MOST_PULL_REQUESTS = 100;

/** A text of the server's as people are shown it: without secrets, on one line, and short. */
export type Words = (text: string, limit: number) => string;

/**
 * Makes words. The text is redacted before it is cut: half a secret is not recognized any more. A session key that is told
 * within a text, as in an address that could not be reached, is no secret that anybody knows of, and goes, too.
 */
export function wordsOf(redact: (text: string) => string): Words {
  return (text, limit) => shorten(withoutSessionKeys(singleLine(redact(text))), limit);
}

/** The name with the sign after it, both as they stand in an address, a header or JSON, however escaped; and the value. */
const NAMED_SESSION_KEY =
  /(session[-_]api[-_]key(?:%[0-9a-f]{2}|["'\\\s]){0,12}(?:[:=]|%3a|%3d)(?:%[0-9a-f]{2}|["'\\\s]){0,12})[\w.~+/=%-]{8,}/gi;

function withoutSessionKeys(text: string): string {
  return text.replace(NAMED_SESSION_KEY, '$1***');
}

/** A reason as people are shown it. */
export function reasonWords(text: string, words: Words): string {
  return words(text, LONGEST_REASON);
}

/**
 * The API with everything that comes out of it made fit for people and outputs: no secrets, and texts and lists no
 * longer than anybody reads. Only the answer keeps its length and lines.
 */
export function guarded(api: ConversationApi, redact: (text: string) => string): ConversationApi {
  const words = wordsOf(redact);
  return {
    ...api,
    async start(request, signal) {
      const answer = await api.start(request, signal);
      // What was put off has the words of a failed request, which are fit already.
      return answer.kind === 'deferred' || answer.kind === 'switched' || answer.kind === 'existing'
        ? answer
        : guardedProgress(answer, words);
    },
    find: async (request, signal) => guardedFound(await api.find(request, signal), words),
    startProgress: async (task, signal) => guardedProgress(await api.startProgress(task, signal), words),
    look: async (ids, signal) =>
      (await api.look(ids, signal)).map((snapshot) => guardedSnapshot(snapshot, words)),
    async stored(id, signal, since) {
      const { state, steps } = await api.stored(id, signal, since);
      return {
        ...(state && { state: guardedPhase(state, words) }),
        ...(steps && { steps: guardedSteps(steps, words) }),
      };
    },
    steps: async (id, signal, since) => guardedSteps(await api.steps(id, signal, since), words),
    async result(id, signal, since) {
      const { steps, ...result } = await api.result(id, signal, since);
      return {
        ...guardedResult(result, redact, words),
        ...(steps && { steps: guardedSteps(steps, words) }),
      };
    },
    async *subscribe(id, signal) {
      for await (const update of api.subscribe(id, signal)) yield guardedUpdate(update, words);
    },
    async patch(id, signal) {
      const patch = await api.patch(id, signal);
      return { ...patch, submodules: patch.submodules.map((name) => words(name, LONGEST_TITLE)) };
    },
    send: async (id, message, signal) => guardedReason(await api.send(id, message, signal), words),
    sandbox: async (id, signal) => guardedReason(await api.sandbox(id, signal), words),
    repositoryRefusal: async (workplace, signal) =>
      words(await api.repositoryRefusal(workplace, signal), LONGEST_REASON),
    starts: async (id, signal) =>
      (await api.starts(id, signal)).map((start) => ({
        ...start,
        progress: guardedProgress(start.progress, words),
      })),
  };
}

function guardedProgress(progress: StartProgress, words: Words): StartProgress {
  switch (progress.kind) {
    case 'pending':
      return { ...progress, phase: words(progress.phase, LONGEST_PHASE) };
    case 'failed':
      return { ...progress, reason: words(progress.reason, LONGEST_REASON) };
    case 'created':
    case 'no-message':
    case 'unknown':
      return progress;
  }
}

function guardedReason<T extends Delivery | Sandbox>(told: T, words: Words): T {
  return 'reason' in told ? { ...told, reason: words(told.reason, LONGEST_REASON) } : told;
}

function guardedFound(found: Found, words: Words): Found {
  return found.kind === 'unreported' || found.kind === 'not-there' ? found : guardedProgress(found, words);
}

function guardedPhase<T extends StoredState>(seen: T, words: Words): T {
  return { ...seen, phase: words(seen.phase, LONGEST_PHASE) };
}

function guardedSnapshot(snapshot: Snapshot, words: Words): Snapshot {
  const { facts } = snapshot;
  return { ...guardedPhase(snapshot, words), ...(facts && { facts: guardedFacts(facts, words) }) };
}

/** Facts of which every text is made words. */
export function guardedFacts(
  { title, repository, gitProvider, branch, pullRequests, costUsd, tokens, createdAt }: Facts,
  words: Words,
): Facts {
  return {
    pullRequests: pullRequests.slice(0, MOST_PULL_REQUESTS),
    ...(title !== undefined && { title: words(title, LONGEST_TITLE) }),
    ...(repository !== undefined && { repository: words(repository, LONGEST_TITLE) }),
    ...(gitProvider !== undefined && { gitProvider: words(gitProvider, LONGEST_TITLE) }),
    ...(branch !== undefined && { branch: words(branch, LONGEST_TITLE) }),
    ...(costUsd !== undefined && { costUsd }),
    ...(tokens !== undefined && { tokens }),
    ...(createdAt !== undefined && { createdAt }),
  };
}

function guardedSteps(read: Steps, words: Words): Steps {
  const steps = read.steps.map(({ kind, text }) => ({ kind, text: words(text, LONGEST_STEP) }));
  return { ...read, steps: steps.filter(({ text }) => text !== '') };
}

function guardedUpdate(update: PushUpdate, words: Words): PushUpdate {
  if (update.kind !== 'events') return update;
  const { kind, state, stepsSince } = update;
  return {
    kind,
    ...(state && { state: guardedPhase(state, words) }),
    stepsSince: (since) => guardedSteps(stepsSince(since), words),
  };
}

/** A result of which every text but the answer is made words. */
export function guardedResult(
  { complete, isLive, awaitsMessage, isCut, answer, reason, fault }: Result,
  redact: (text: string) => string,
  words: Words,
): Result {
  return {
    complete,
    ...(isLive && { isLive }),
    ...(awaitsMessage && { awaitsMessage }),
    ...(isCut && { isCut }),
    ...(answer !== undefined && { answer: redact(answer) }),
    ...(reason !== undefined && { reason: words(reason, LONGEST_REASON) }),
    ...(fault && { fault }),
  };
}
