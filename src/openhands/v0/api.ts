import * as v from 'valibot';

import type { FileShape } from '../../http/answer.ts';
import type { HttpClient } from '../../http/client.ts';
import { statusOf } from '../../http/failure.ts';
import { type ApiFailure, type ConversationApi, PATCH, START, TRAJECTORY } from '../../port/api.ts';
import { traitsOf } from '../../port/api-version.ts';
import type { StartRequest } from '../../port/assignment.ts';
import { type PushUpdate, type Snapshot, type State } from '../../port/conversation.ts';
import type { KnownPlace } from '../../port/place.ts';
import { hasNewerMessage, readWhatFits } from '../history.ts';
import { failedStart } from '../sdk/server-words.ts';
import { factsIn, inWords, NOT_LISTED, pagesOf, refuseAgentServerInputs, untriedFailure } from '../wire.ts';
import { controllerOf } from './control.ts';
import { answerIn, currentStateIn, personMessageIn, storedEndIn } from './events.ts';
import {
  type ConversationInfo,
  CONVERSATIONS,
  eventReader,
  Id,
  readEvents,
  readInfo,
  readMessageCursor,
  STATE_EVENTS,
} from './wire.ts';

const JSON_OBJECT: FileShape = { begins: '{', isEnd: (tail) => tail.trimEnd().endsWith('}') };

const StartReport = v.looseObject({
  status: v.string(),
  conversation_id: v.nullish(Id),
  message: v.nullish(v.string()),
});

/** Creates a client of the V0 API, `/api/conversations`, which reads one conversation at a time and has no pending starts. */
export function v0Api(client: HttpClient): ConversationApi {
  return {
    version: 'v0',
    choosesIds: true,
    takesPictures: false,
    worksInFolder: false,
    ...pagesOf(client.baseUrl),

    async start(request, signal) {
      refuseWhatV0Lacks(request);
      const http = client.during(signal);
      const start = { goal: START, path: CONVERSATIONS, shape: StartReport };
      return http.runOnce(async () => placeIn((await http.sendOnce(start, startBody(request))).value));
    },

    listStarts: async () => Promise.resolve([]),
    readStart: async () => Promise.resolve({ kind: 'unreported' }),
    // V0 cannot look up starts, so a key would not prevent a second start.
    readAccount: async () => Promise.reject(missingInV0(START, 'idempotency-key')),

    look: async (ids, signal) =>
      Promise.all(ids.map(async (id) => snapshotOf(await readInfo(client.during(signal), id)))),

    async readStored(id, signal, since) {
      try {
        const newest = await readWhatFits(eventReader(client.during(signal), id), STATE_EVENTS);
        return currentStateIn(newest, since?.messageCursor);
      } catch (error) {
        // 404: the conversation is gone since the last look.
        if (statusOf(error) === 404) return { phase: NOT_LISTED.phase, state: NOT_LISTED.state };
        throw error;
      }
    },

    // With V0, the log has no steps.
    readSteps: async () => Promise.resolve({ steps: [], isCut: false }),

    async readStoredEnd(id, signal, { messageCursor } = {}) {
      const http = client.during(signal);
      const events = readEvents(http, id);
      if (messageCursor === undefined) return storedEndIn(events);
      const newestMessage = await readMessageCursor(http, id);
      return hasNewerMessage(messageCursor, newestMessage)
        ? storedEndIn(events, newestMessage.lastMessage)
        : { complete: false, awaitsMessage: true };
    },

    subscribe: () => ReadableStream.from<PushUpdate>([]),
    async downloadTrajectory(id, save, signal) {
      const path = `${CONVERSATIONS}/${id}/trajectory`;
      await client.during(signal).download({ goal: TRAJECTORY, path, shape: JSON_OBJECT }, save);
    },

    readPatch: async () => Promise.reject(missingInV0(PATCH, 'patch-file')),

    readRepositoryRefusal: async () => Promise.resolve(''),
    readMessageCursor: async (id, signal) => readMessageCursor(client.during(signal), id),
    async readAnswers(id, signal) {
      const answers = await Array.fromAsync(readEvents(client.during(signal), id), answerIn);
      return answers.filter((answer) => answer !== undefined);
    },
    async readMessages(id, signal) {
      const messages = await Array.fromAsync(readEvents(client.during(signal), id), personMessageIn);
      return { said: messages.filter((message) => message !== undefined), isLive: true };
    },
    ...controllerOf(client),
  };
}

function placeIn({ status, conversation_id: id, message }: v.InferOutput<typeof StartReport>): KnownPlace {
  if (status === 'ok' && id != null) return { kind: 'created', id };
  return failedStart(message ?? `the server answers with the status ${status}`);
}

function refuseWhatV0Lacks({ workplace, model, agentServer, maxCostUsd, isForPatch }: StartRequest): void {
  refuseAgentServerInputs(agentServer);
  if (model !== undefined) throw missingInV0(START, 'model');
  if (maxCostUsd !== undefined) throw missingInV0(START, 'max-cost-usd');
  if (isForPatch) throw missingInV0(START, 'patch-file');
  if (workplace !== undefined && !traitsOf('v0').gitProviders.includes(workplace.gitProvider))
    throw missingInV0(START, `git-provider ${workplace.gitProvider}`, 'API V1');
}

function missingInV0(failedTo: string, input: string, needed = 'API V1 or an agent server'): ApiFailure {
  const advice = `check that base-url is the address of such a server, or leave ${input} out`;
  // Without naming V0: a wrong base-url ends here, too, because a server that knows no path counts as one of V0.
  return untriedFailure(`${input} needs ${needed}, which this server does not offer`, advice, { failedTo });
}

function startBody({ message, workplace }: StartRequest): Record<string, unknown> {
  return {
    initial_user_msg: message.text,
    ...(workplace && {
      repository: workplace.repository,
      git_provider: workplace.gitProvider,
      ...(workplace.branch !== undefined && { selected_branch: workplace.branch }),
    }),
  };
}

/** Converts a conversation; null for one that the server does not know. Without a status, it counts as stopped. */
function snapshotOf(info: ConversationInfo | null): Snapshot {
  return info === null ? NOT_LISTED : { ...stateOf(info.status ?? 'STOPPED'), facts: factsIn(info) };
}

/** Source: `ConversationStatus` in All-Hands-AI/OpenHands, openhands/storage/data_models/conversation_status.py. */
const STATES: ReadonlyMap<string, State> = new Map([
  ['STARTING', { kind: 'unclear' }],
  ['RUNNING', { kind: 'active' }],
  // Also reported before the runtime is registered.
  ['STOPPED', { kind: 'unconfirmed', ending: 'stopped' }],
  ['ARCHIVED', { kind: 'ended', ending: 'missing', failure: 'not-found' }],
  ['ERROR', { kind: 'ended', ending: 'error', failure: 'sandbox' }],
]);

/** Converts the status of a conversation. RUNNING is about the runtime: only the events show what the agent does. */
function stateOf(status: string): Omit<Snapshot, 'facts'> {
  return {
    phase: `conversation ${inWords(status)}`,
    state: STATES.get(status) ?? { kind: 'unrecognized' },
    whenToReadStored: status === 'STARTING' ? 'never' : status === 'RUNNING' ? 'each-time' : 'on-change',
  };
}
