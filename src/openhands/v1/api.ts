import * as v from 'valibot';

import { ApiFailure, type ConversationApi, PATCH, START, TRAJECTORY } from '../../conversation/api.ts';
import type { StartRequest } from '../../conversation/assignment.ts';
import { isSameId } from '../../conversation/conversation.ts';
import type { Patch } from '../../conversation/patch.ts';
import { ZIP } from '../../http/answer.ts';
import type { HttpClient } from '../../http/client.ts';
import { once } from '../once.ts';
import { pagesOf, refuseForAgentServer } from '../wire.ts';
import { requireAgentServer } from './agent.ts';
import { eventsAtAppServer } from './event-source.ts';
import { findStart, startsOf } from './find.ts';
import { lastStatus, messageCursorOf, messagesIn, newestSteps, resultOf } from './history.ts';
import { createEvents } from './live.ts';
import { sendMessage } from './message.ts';
import { patchOf } from './patch.ts';
import { repositoryRefusal } from './repository.ts';
import { resumeSandbox, runAgent, sandboxOf } from './sandbox.ts';
import { agentState } from './states.ts';
import { pauseUnshared, stopConversation } from './stop.ts';
import { CONVERSATIONS, conversationsById, progressOf, snapshotOf, StartTask, textMessage } from './wire.ts';

/** `id` is required: the id of a conversation is derived from it and the idempotency key, and must not change. */
const ACCOUNT = {
  to: 'read which account the API key belongs to',
  path: '/api/v1/users/me',
  answer: v.looseObject({ id: v.nullable(v.union([v.string(), v.number()])) }),
  isProbe: true,
} as const;

/** Creates a client of the V1 API: `/api/v1/app-conversations` and related paths. */
export function v1Api(http: HttpClient): ConversationApi {
  const events = createEvents(http);
  return {
    version: 'v1',
    choosesIds: false,
    worksInFolder: false,
    ...pagesOf(http.baseUrl),

    async start(request, signal) {
      refuseForAgentServer(request.agentServer);
      if (request.isForPatch && request.workplace === undefined) throw noRepository(START);
      const start = { to: START, path: CONVERSATIONS, answer: StartTask, signal };
      return http.orDeferred(async () => progressOf(await http.sendOnce(start, startBody(request))));
    },

    find: async (request, signal) => findStart(http, request, signal),
    starts: async (id, signal) => startsOf(http, id, signal),

    async account(signal) {
      const { id } = await http.read({ ...ACCOUNT, signal });
      return String(id ?? '');
    },

    repositoryRefusal: async (workplace, signal) => repositoryRefusal(http, workplace, signal),

    async startProgress(task, signal) {
      const [found] = await http.read({
        to: 'read the progress of the start',
        path: `${CONVERSATIONS}/start-tasks?ids=${task}`,
        answer: v.pipe(
          v.array(v.nullable(StartTask)),
          v.length(1),
          v.check(
            (tasks) => tasks.every((found) => found === null || isSameId(found.id, task)),
            'a different start than the one asked for',
          ),
        ),
        signal,
      });
      return found == null ? { kind: 'unknown', task } : progressOf(found);
    },

    async look(ids, signal) {
      const found = await conversationsById(http, ids, signal);
      ids.forEach((id, index) => {
        events.learn(id, found[index] ?? null);
      });
      return found.map(snapshotOf);
    },

    async stored(id, signal, { messageCursor } = {}) {
      // The app server's events: the stored state is only needed if the agent server cannot be reached.
      const status = await lastStatus(eventsAtAppServer(http, id), signal, messageCursor);
      return status === undefined ? {} : { state: agentState(status) };
    },

    steps: async (id, signal, since) => events.read(id, async (source) => newestSteps(source, since, signal)),
    result: async (id, signal, since) => events.read(id, async (source) => resultOf(source, since, signal)),
    subscribe: events.subscribe,

    async trajectory(id, save, signal) {
      const path = `${CONVERSATIONS}/${id}/download`;
      await http.download({ to: TRAJECTORY, path, shape: ZIP, signal }, save);
    },

    patch: async (id, signal) => patchIn(http, id, signal),

    messageCursor: async (id, signal) => events.read(id, async (source) => messageCursorOf(source, signal)),
    messages: async (id, signal) => events.read(id, async (source) => messagesIn(source, signal)),
    send: async (id, message, signal) => sendMessage(http, id, message, signal),
    sandbox: async (id, signal) => sandboxOf(http, id, signal),
    resume: async (handle, signal) => resumeSandbox(http, handle, signal),
    async pause(handle, id, signal) {
      await pauseUnshared(http, handle, id, signal);
    },
    run: async (id, signal, hasPendingWork) => runAgent(http, id, signal, hasPendingWork),
    stop: async (id, signal, hasPendingWork = false, timeoutMs) =>
      stopConversation(http, id, signal, { hasPendingWork, quick: once(http, timeoutMs) }),
  };
}

function startBody({ id, message, workplace, model }: StartRequest): Record<string, unknown> {
  return {
    conversation_id: id,
    // `run` is false by default: the agent would wait until somebody starts it in the web app.
    initial_message: { ...textMessage(message), run: true },
    ...(model !== undefined && { llm_model: model }),
    ...(workplace && {
      selected_repository: workplace.repository,
      git_provider: workplace.gitProvider,
      ...(workplace.branch !== undefined && { selected_branch: workplace.branch }),
    }),
  };
}

/** Reads the agent's changes from the agent server: the app server does not have them. */
async function patchIn(http: HttpClient, id: string, signal: AbortSignal): Promise<Patch> {
  const [found] = await conversationsById(http, [id], signal);
  if (found?.selected_repository === null) throw noRepository(PATCH);
  const branch = found?.selected_branch ?? 'HEAD';
  return patchOf(requireAgentServer(http, found, PATCH), { branch }, signal);
}

/** Without a cloned repository the first commit is the agent's own, so a patch since the start is impossible. */
function noRepository(failedTo: string): ApiFailure {
  return new ApiFailure({
    failedTo,
    because: 'patch-file needs a repository that the server clones, but there is none',
    todo: 'name it in repository, or leave patch-file out; for an agent server without an app server, set api-version: agent-server',
    kind: 'input',
  });
}
