import type { ConversationApi } from '../conversation/api.ts';
import type { PushUpdate, Steps } from '../conversation/conversation.ts';
import { withTexts } from '../text/data.ts';
import { reasonLine, singleLine } from '../text/safe.ts';

/** The limits of texts that people read, in characters, by the name of the field. */
const LIMITS: ReadonlyMap<string, number> = new Map([
  ['phase', 100],
  ['text', 200],
  ['title', 300],
  ['repository', 300],
  ['gitProvider', 300],
  ['branch', 300],
]);

/** Wraps the API so that each text that it returns is one short line, except the agent's answers and people's messages. */
export function withShortTexts(api: ConversationApi): ConversationApi {
  return {
    ...api,
    start: async (request, signal) => short(await api.start(request, signal)),
    find: async (request, signal) => short(await api.find(request, signal)),
    startProgress: async (task, signal) => short(await api.startProgress(task, signal)),
    starts: async (ids, signal) => short(await api.starts(ids, signal)),
    look: async (ids, signal) => short(await api.look(ids, signal)),
    stored: async (id, signal, since) => short(await api.stored(id, signal, since)),
    steps: async (id, signal, since) => shortSteps(await api.steps(id, signal, since)),
    result: async (id, signal, since) => withShortSteps(short(await api.result(id, signal, since))),
    async *subscribe(id, signal) {
      for await (const update of api.subscribe(id, signal)) yield shortUpdate(update);
    },
    send: async (id, message, signal) => short(await api.send(id, message, signal)),
    sandbox: async (id, signal) => short(await api.sandbox(id, signal)),
    repositoryRefusal: async (workplace, signal) =>
      reasonLine(await api.repositoryRefusal(workplace, signal)),
  };
}

function short<T>(answer: T): T {
  return withTexts(answer, (text, field) => {
    if (field === 'reason') return reasonLine(text);
    const limit = LIMITS.get(field);
    return limit === undefined ? text : singleLine(text, limit);
  });
}

function shortSteps(read: Steps): Steps {
  const { steps, ...rest } = short(read);
  return { ...rest, steps: steps.filter(({ text }) => text !== '') };
}

function withShortSteps<T extends { readonly steps?: Steps }>(read: T): T {
  return read.steps === undefined ? read : { ...read, steps: shortSteps(read.steps) };
}

function shortUpdate(update: PushUpdate): PushUpdate {
  if (update.kind !== 'events') return update;
  const { state, stepsSince } = update;
  return {
    kind: 'events',
    ...(state && { state: short(state) }),
    stepsSince: (since) => shortSteps(stepsSince(since)),
  };
}
