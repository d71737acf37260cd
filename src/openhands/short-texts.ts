import type { ConversationApi } from '../conversation/api.ts';
import type { PushUpdate, Steps } from '../conversation/conversation.ts';
import { mapTexts } from '../text/data.ts';
import { reasonLine, singleLine } from '../text/safe.ts';

/** The limits of texts that people read, in characters, by the name of the field. */
const MAX_LENGTHS: ReadonlyMap<string, number> = new Map([
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
    start: async (request, signal) => shortenTexts(await api.start(request, signal)),
    findStart: async (request, signal) => shortenTexts(await api.findStart(request, signal)),
    readStartProgress: async (task, signal) => shortenTexts(await api.readStartProgress(task, signal)),
    listStarts: async (ids, signal) => shortenTexts(await api.listStarts(ids, signal)),
    look: async (ids, signal) => shortenTexts(await api.look(ids, signal)),
    readStored: async (id, signal, since) => shortenTexts(await api.readStored(id, signal, since)),
    readSteps: async (id, signal, since) => shortenSteps(await api.readSteps(id, signal, since)),
    readResult: async (id, signal, since) =>
      withShortSteps(shortenTexts(await api.readResult(id, signal, since))),
    async *subscribe(id, signal) {
      for await (const update of api.subscribe(id, signal)) yield shortenUpdate(update);
    },
    send: async (id, message, signal) => shortenTexts(await api.send(id, message, signal)),
    readSandbox: async (id, signal) => shortenTexts(await api.readSandbox(id, signal)),
    readRepositoryRefusal: async (workplace, signal) =>
      reasonLine(await api.readRepositoryRefusal(workplace, signal)),
  };
}

function shortenTexts<T>(answer: T): T {
  return mapTexts(answer, (text, field) => {
    if (field === 'reason') return reasonLine(text);
    const limit = MAX_LENGTHS.get(field);
    return limit === undefined ? text : singleLine(text, limit);
  });
}

function shortenSteps(read: Steps): Steps {
  const { steps, ...rest } = shortenTexts(read);
  return { ...rest, steps: steps.filter(({ text }) => text !== '') };
}

function withShortSteps<T extends { readonly steps?: Steps }>(read: T): T {
  return read.steps === undefined ? read : { ...read, steps: shortenSteps(read.steps) };
}

function shortenUpdate(update: PushUpdate): PushUpdate {
  if (update.kind !== 'events') return update;
  const { state, stepsSince } = update;
  return {
    kind: 'events',
    ...(state && { state: shortenTexts(state) }),
    stepsSince: (since) => shortenSteps(stepsSince(since)),
  };
}
