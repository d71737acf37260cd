import {
  ApiFailure,
  type Controller,
  type ConversationApi,
  type Reader,
  RESUME,
  SEND,
  type Starter,
  STOP,
  TRAJECTORY,
} from '../../conversation/api.ts';
import { isSameId } from '../../conversation/conversation.ts';
import { ZIP } from '../../http/answer.ts';
import type { HttpClient } from '../../http/client.ts';
import { RequestFailed, statusOf } from '../../http/failure.ts';
import { interruptAgent, type PostToAgent, runAgent } from '../v1/agent.ts';
import {
  eventsAtAgentServer,
  type EventSource,
  readAnswers,
  readMessageCursor,
  readMessages,
  readNewestSteps,
  readResult,
} from '../v1/history.ts';
import { readUpdates } from '../v1/live.ts';
import { readCommit, readPatch } from '../v1/patch.ts';
import { agentStateOf, mustBeRun } from '../v1/states.ts';
import { Done, messageToRun } from '../v1/wire.ts';
import { CONVERSATIONS, conversationsById, factsOf, findConversation, snapshotOf, start } from './wire.ts';

/** Stands for the only account of an agent server, which has no id. */
const ACCOUNT = 'agent-server';

/** The timeout for the commit of a folder if the step can do without. */
const COMMIT_TIMEOUT_MS = 10_000;

/** Creates a client of an agent server's own API. `info`: its answer to `/server_info`, if known. */
export function agentServerApi(http: HttpClient, info?: unknown): ConversationApi {
  /** The commit of each folder before the start, by the chosen id of the conversation. */
  const commits = new Map<string, string>();
  return {
    version: 'agent-server',
    choosesIds: false,
    worksInFolder: true,
    ...factsOf(http.baseUrl, info),
    ...starterOf(http, commits),
    ...readerOf(http, commits),
    ...controllerOf(http),
  };
}

function starterOf(http: HttpClient, commits: Map<string, string>): Starter {
  return {
    readAccount: async () => Promise.resolve(ACCOUNT),
    async start(request, signal) {
      const { id, isForPatch, agentServer: { workingDirectory: folder } = {} } = request;
      try {
        if (folder !== undefined && !commits.has(id))
          commits.set(
            id,
            await readCommit(isForPatch ? http : http.withoutRetries(COMMIT_TIMEOUT_MS), folder, signal),
          );
      } catch (error) {
        // Only a patch needs the commit.
        if (isForPatch || !(error instanceof RequestFailed)) throw error;
      }
      const answer = await start(http, request, signal);
      // This conversation began earlier, from an earlier commit.
      if (answer.kind === 'existing') commits.delete(id);
      return answer;
    },
    async readStartProgress(id, signal) {
      const found = await findConversation(http, id, signal);
      return found.kind === 'not-there' ? { kind: 'unknown', task: id } : found;
    },
    findStart: async ({ id }, signal) => findConversation(http, id, signal),
    // To a second start with the same id, the server answers with the existing conversation.
    listStarts: async () => Promise.resolve([]),
    readRepositoryRefusal: async () => Promise.resolve(''),
  };
}

function readerOf(http: HttpClient, commits: Map<string, string>): Reader {
  const eventsOf = (id: string, signal: AbortSignal): EventSource =>
    eventsAtAgentServer(http, `${CONVERSATIONS}/${id}`, signal);
  /** The ids of conversations whose push has ended for good. */
  const endedPushes = new Set<string>();
  return {
    look: async (ids, signal) => (await conversationsById(http, ids, signal)).map(snapshotOf),
    // The status is never late, so no stored state is needed.
    readStored: async () => Promise.resolve(undefined),
    readSteps: async (id, signal, since) => readNewestSteps(eventsOf(id, signal), since),
    readResult: async (id, signal, since) => readResult(eventsOf(id, signal), since),
    async *subscribe(id, signal) {
      if (endedPushes.has(id)) return;
      yield* readUpdates(id, http, signal);
      endedPushes.add(id);
    },
    readMessageCursor: async (id, signal) => readMessageCursor(eventsOf(id, signal)),
    readAnswers: async (id, signal) => readAnswers(eventsOf(id, signal)),
    readMessages: async (id, signal) => readMessages(eventsOf(id, signal)),
    async downloadTrajectory(id, save, signal) {
      const path = `/api/file/download-trajectory/${id}`;
      await http.download({ goal: TRAJECTORY, path, shape: ZIP, signal }, save);
    },
    async readPatch(id, _isCloned, signal) {
      const [, commit] = [...commits].find(([chosen]) => isSameId(chosen, id)) ?? [];
      const path = `${CONVERSATIONS}/${id}`;
      return readPatch({ http, path }, { ...(commit !== undefined && { commit }) }, signal);
    },
  };
}

/** Returns the controller of an agent server, where the handle of a sandbox is the conversation's id. */
function controllerOf(http: HttpClient): Controller {
  /** Sends requests about a conversation. Retries them while the server is at its limit of runs. */
  const agentOf =
    (id: string, goal: string, signal: AbortSignal): PostToAgent =>
    async (path) =>
      http.send({ goal, path: `${CONVERSATIONS}/${id}${path}`, shape: Done, signal }, {});
  const checkNewest = async (id: string, message: string, signal: AbortSignal): Promise<boolean> => {
    const [newest] = (await readMessages(eventsAtAgentServer(http, `${CONVERSATIONS}/${id}`, signal))).said;
    return newest?.text?.trim() === message.trim();
  };
  return {
    // The agent starts on the message even if it has finished or is paused.
    async send(id, message, signal) {
      const request = { goal: SEND, path: `${CONVERSATIONS}/${id}/events`, shape: Done, signal };
      try {
        return await http.runOrDefer(async () => {
          try {
            await http.sendOnce(request, messageToRun(message));
          } catch (error) {
            // At its limit of runs, the server takes the message and refuses only the run.
            if (statusOf(error) !== 429 || !(await checkNewest(id, message, signal))) throw error;
            await runAgent(agentOf(id, SEND, signal));
          }
          return { kind: 'delivered' };
        });
      } catch (error) {
        if (error instanceof ApiFailure && statusOf(error) === 404)
          return { kind: 'unavailable', reason: error.problem.because };
        throw error;
      }
    },

    async readSandbox(id, signal) {
      const [found] = await conversationsById(http, [id], signal);
      return found == null
        ? { kind: 'unavailable', reason: 'the server does not know the conversation' }
        : { kind: 'running', handle: id };
    },
    resume: async () => Promise.resolve(),
    pause: async () => Promise.resolve(),

    async run(id, signal, hasPendingWork) {
      const [conversation] = await conversationsById(http, [id], signal);
      if (conversation != null && mustBeRun(conversation.execution_status, hasPendingWork))
        await runAgent(agentOf(id, RESUME, signal));
    },

    // With pending work, even an agent that does not run may be about to start.
    async stop(id, signal, hasPendingWork = false, timeoutMs) {
      const quick = timeoutMs === undefined ? http : http.withoutRetries(timeoutMs);
      const [before] = await conversationsById(quick, [id], signal);
      if (before == null) return 'not-listed';
      const { kind } = agentStateOf(before.execution_status).state;
      const isInactive = kind === 'ended' || kind === 'paused';
      if (isInactive && !hasPendingWork) return 'not-running';
      await interruptAgent(agentOf(id, STOP, signal));
      if (kind === 'paused') return 'paused';
      if (before.execution_status === 'running') return 'stopped';
      const [after] = await conversationsById(quick, [id], signal);
      return after?.execution_status === 'paused' ? 'stopped' : 'not-begun';
    },
  };
}
