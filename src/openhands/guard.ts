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

const MAX_PHASE = 100;
const MAX_TITLE = 300;
const MAX_REASON = 500;
const MAX_STEP = 200;

/** Makes a text of the server fit to be shown: without secrets, on one line, and at most `limit` characters long. */
export type Sanitize = (text: string, limit: number) => string;

/**
 * Creates a function that redacts and shortens texts. It redacts before it cuts, as half a secret would not be recognized.
 * It also removes session keys that are not registered as secrets, such as one in the address of a failed request.
 */
export function createSanitizer(redact: (text: string) => string): Sanitize {
  return (text, limit) => shorten(withoutSessionKeys(singleLine(redact(text))), limit);
}

/** A session key with its name: in a URL, a header or JSON, escaped or not. Group 1 is all but the value. */
const NAMED_SESSION_KEY =
  /(session[-_]api[-_]key(?:%[0-9a-f]{2}|["'\\\s]){0,12}(?:[:=]|%3a|%3d)(?:%[0-9a-f]{2}|["'\\\s]){0,12})[\w.~+/=%-]{8,}/gi;

function withoutSessionKeys(text: string): string {
  return text.replace(NAMED_SESSION_KEY, '$1***');
}

/** Redacts and shortens a reason. */
export function sanitizedReason(text: string, sanitize: Sanitize): string {
  return sanitize(text, MAX_REASON);
}

/**
 * Wraps the API so that everything it returns is fit for people and outputs: without secrets, and with texts of limited
 * length. Only the agent's answer keeps its length and line breaks.
 */
export function guarded(api: ConversationApi, redact: (text: string) => string): ConversationApi {
  const sanitize = createSanitizer(redact);
  return {
    ...api,
    async start(request, signal) {
      const answer = await api.start(request, signal);
      // The texts of a deferred start are those of a failed request, which are redacted already.
      return answer.kind === 'deferred' || answer.kind === 'existing'
        ? answer
        : guardedProgress(answer, sanitize);
    },
    find: async (request, signal) => guardedFound(await api.find(request, signal), sanitize),
    startProgress: async (task, signal) => guardedProgress(await api.startProgress(task, signal), sanitize),
    look: async (ids, signal) =>
      (await api.look(ids, signal)).map((snapshot) => guardedSnapshot(snapshot, sanitize)),
    async stored(id, signal, since) {
      const { state, steps } = await api.stored(id, signal, since);
      return {
        ...(state && { state: guardedPhase(state, sanitize) }),
        ...(steps && { steps: guardedSteps(steps, sanitize) }),
      };
    },
    steps: async (id, signal, since) => guardedSteps(await api.steps(id, signal, since), sanitize),
    async result(id, signal, since) {
      const { steps, ...result } = await api.result(id, signal, since);
      return {
        ...guardedResult(result, redact, sanitize),
        ...(steps && { steps: guardedSteps(steps, sanitize) }),
      };
    },
    async *subscribe(id, signal) {
      for await (const update of api.subscribe(id, signal)) yield guardedUpdate(update, sanitize);
    },
    send: async (id, message, signal) => guardedReason(await api.send(id, message, signal), sanitize),
    sandbox: async (id, signal) => guardedReason(await api.sandbox(id, signal), sanitize),
    repositoryRefusal: async (workplace, signal) =>
      sanitize(await api.repositoryRefusal(workplace, signal), MAX_REASON),
    starts: async (id, signal) =>
      (await api.starts(id, signal)).map((start) => ({
        ...start,
        progress: guardedProgress(start.progress, sanitize),
      })),
  };
}

function guardedProgress(progress: StartProgress, sanitize: Sanitize): StartProgress {
  switch (progress.kind) {
    case 'pending':
      return { ...progress, phase: sanitize(progress.phase, MAX_PHASE) };
    case 'failed':
      return { ...progress, reason: sanitize(progress.reason, MAX_REASON) };
    case 'created':
    case 'no-message':
    case 'unknown':
      return progress;
  }
}

function guardedReason<T extends Delivery | Sandbox>(answer: T, sanitize: Sanitize): T {
  return 'reason' in answer ? { ...answer, reason: sanitize(answer.reason, MAX_REASON) } : answer;
}

function guardedFound(found: Found, sanitize: Sanitize): Found {
  return found.kind === 'unreported' || found.kind === 'not-there' ? found : guardedProgress(found, sanitize);
}

function guardedPhase<T extends StoredState>(state: T, sanitize: Sanitize): T {
  return { ...state, phase: sanitize(state.phase, MAX_PHASE) };
}

function guardedSnapshot(snapshot: Snapshot, sanitize: Sanitize): Snapshot {
  const { facts } = snapshot;
  return { ...guardedPhase(snapshot, sanitize), ...(facts && { facts: guardedFacts(facts, sanitize) }) };
}

/** Redacts and shortens every text of the facts. */
export function guardedFacts(
  { title, repository, gitProvider, branch, pullRequests, costUsd, tokens, createdAt }: Facts,
  sanitize: Sanitize,
): Facts {
  return {
    pullRequests,
    ...(title !== undefined && { title: sanitize(title, MAX_TITLE) }),
    ...(repository !== undefined && { repository: sanitize(repository, MAX_TITLE) }),
    ...(gitProvider !== undefined && { gitProvider: sanitize(gitProvider, MAX_TITLE) }),
    ...(branch !== undefined && { branch: sanitize(branch, MAX_TITLE) }),
    ...(costUsd !== undefined && { costUsd }),
    ...(tokens !== undefined && { tokens }),
    ...(createdAt !== undefined && { createdAt }),
  };
}

function guardedSteps(read: Steps, sanitize: Sanitize): Steps {
  const steps = read.steps.map(({ kind, text }) => ({ kind, text: sanitize(text, MAX_STEP) }));
  return { ...read, steps: steps.filter(({ text }) => text !== '') };
}

function guardedUpdate(update: PushUpdate, sanitize: Sanitize): PushUpdate {
  if (update.kind !== 'events') return update;
  const { kind, state, stepsSince } = update;
  return {
    kind,
    ...(state && { state: guardedPhase(state, sanitize) }),
    stepsSince: (since) => guardedSteps(stepsSince(since), sanitize),
  };
}

/** Redacts every text of a result, and shortens all but the answer. */
export function guardedResult(
  { complete, isLive, awaitsMessage, isCut, answer, reason, fault }: Result,
  redact: (text: string) => string,
  sanitize: Sanitize,
): Result {
  return {
    complete,
    ...(isLive && { isLive }),
    ...(awaitsMessage && { awaitsMessage }),
    ...(isCut && { isCut }),
    ...(answer !== undefined && { answer: redact(answer) }),
    ...(reason !== undefined && { reason: sanitize(reason, MAX_REASON) }),
    ...(fault && { fault }),
  };
}
