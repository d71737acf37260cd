import { ZIP } from '../../http/answer.ts';
import type { HttpClient } from '../../http/client.ts';
import { isLate, statusOf } from '../../http/failure.ts';
import {
  ApiFailure,
  type ConversationApi,
  type ConversationController,
  type ConversationReader,
  type ConversationStarter,
  type PendingWork,
  RESUME,
  SEND,
  TRAJECTORY,
} from '../../port/api.ts';
import { isSameId, type State } from '../../port/conversation.ts';
import { type AgentServer, postInterrupt, readFinalAnswer, runAgent } from '../sdk/agent.ts';
import { eventsAtAgentServer, hasAnswered, readMessages, storedReader } from '../sdk/history.ts';
import { readPatch } from '../sdk/patch.ts';
import { isPausedByRestart } from '../sdk/restart.ts';
import { activityOf, agentStateOf, isInactive, mayStartOn, mustBeRun } from '../sdk/states.ts';
import { readUpdates } from '../sdk/updates.ts';
import { Done, messageToRun } from '../sdk/wire.ts';
import { readBeginning, readCommitBefore } from './folder.ts';
import { readOtherTools } from './tools.ts';
import { conversationsById, factsOf, readAtWork, requestStart, serverOf, snapshotOf } from './wire.ts';
import { whyNoWorktreeAnyMore, worktreeFor, worktreesIn } from './worktree.ts';

/** Stands for the only account of an agent server, which has no id. */
const ACCOUNT = 'agent-server';

/** Creates a client of an agent server's own API. `info`: its answer to `/server_info`, if known. */
export function agentServerApi(client: HttpClient, info?: unknown): ConversationApi {
  /** The commit with which each agent began, by the id that the step has chosen for the conversation. */
  const commits = new Map<string, string>();
  const worktrees = worktreesIn(info);
  return {
    version: 'agent-server',
    choosesIds: false,
    takesPictures: true,
    worksInFolder: true,
    ...factsOf(client.baseUrl, info),
    worktrees,
    ...starterOf(client, commits, worktrees),
    ...readerOf(client, commits),
    ...controllerOf(client),
  };
}

function starterOf(
  client: HttpClient,
  commits: Map<string, string>,
  worktrees: ReturnType<typeof worktreesIn>,
): ConversationStarter {
  return {
    readAccount: async () => Promise.resolve({ id: ACCOUNT }),
    async start(request, signal) {
      const { id, isForPatch } = request;
      const http = client.during(signal);
      const worktree = worktreeFor(request, worktrees, client.baseUrl);
      // Read even if no patch needs it: that refuses a folder that does not exist.
      const before = commits.get(id) ?? (await readCommitBefore(http, request, worktree));
      if (before !== undefined) commits.set(id, before);
      const answer = await requestStart(http, request, worktree);
      // This conversation began earlier, from an earlier commit.
      if (answer.kind === 'existing') commits.delete(id);
      if (answer.kind === 'created' && isForPatch && worktree) {
        const begun = await readBeginning(http, answer, worktree, signal);
        if (begun !== undefined) commits.set(id, begun);
      }
      return answer;
    },
    readAtWork: async (signal) => readAtWork(client.during(signal)),
    // The server answers once the conversation exists, and with the existing one to a second start with the same id.
    listStarts: async () => Promise.resolve([]),
    readStart: async () => Promise.resolve({ kind: 'not-there' }),
    readRepositoryRefusal: async () => Promise.resolve(''),
  };
}

function readerOf(client: HttpClient, commits: Map<string, string>): ConversationReader {
  /** The ids of conversations whose push has ended for good. */
  const endedPushes = new Set<string>();
  return {
    ...storedReader(async (id, signal, read) =>
      read(eventsAtAgentServer(serverOf(client.during(signal), id))),
    ),
    look: async (ids, signal) => (await conversationsById(client.during(signal), ids)).map(snapshotOf),
    readFinalAnswer: async (id, signal) => readFinalAnswer(serverOf(client.during(signal), id)),
    isPausedByRestart: async (id, isRestarted, signal) =>
      isPausedByRestart(serverOf(client.during(signal), id), isRestarted),
    readOtherTools: async (id, signal) => readOtherTools(serverOf(client.during(signal), id)),
    // The status is never late, so no stored state is needed.
    readStored: async () => Promise.resolve(undefined),
    async *subscribe(id, signal) {
      if (endedPushes.has(id)) return;
      yield* readUpdates(id, client.during(signal));
      endedPushes.add(id);
    },
    async downloadTrajectory(id, save, signal) {
      const path = `/api/file/download-trajectory/${id}`;
      await client.during(signal).download({ goal: TRAJECTORY, path, shape: ZIP }, save);
    },
    async readPatch(id, _asksForRepository, signal) {
      const [, commit] = [...commits].find(([chosen]) => isSameId(chosen, id)) ?? [];
      return readPatch(serverOf(client.during(signal), id), {
        // If a commit is known, git itself says that it is gone.
        ...(commit !== undefined
          ? { commit }
          : { whyReplaced: (folder, found) => whyNoWorktreeAnyMore(folder, id, found) }),
      });
    },
  };
}

/** Returns the controller of an agent server. It has no sandboxes that can be paused: the handle of one is the conversation's id. */
function controllerOf(client: HttpClient): ConversationController {
  return {
    // The agent starts on the message even if it has finished or is paused.
    async send(id, message, signal) {
      const server = serverOf(client.during(signal), id);
      const { http, path } = server;
      const request = { goal: SEND, path: `${path}/events`, shape: Done };
      try {
        const sent = await http.runOnce(async () => {
          try {
            await http.sendOnce(request, messageToRun(message));
          } catch (error) {
            // At its limit of runs, the server takes the message and refuses only the run.
            if (statusOf(error) !== 429 || !(await isNewestMessage(server, message.text))) throw error;
            return { kind: 'not-run' as const };
          }
          return { kind: 'delivered' as const };
        });
        if (sent.kind !== 'not-run') return sent;
        // The run is retried while the server is at its limit. If it fails otherwise, the message must not be sent again.
        await runAgent(server, SEND);
        return { kind: 'delivered' };
      } catch (error) {
        if (error instanceof ApiFailure && statusOf(error) === 404)
          return { kind: 'unavailable', reason: error.problem.because };
        throw error;
      }
    },

    async readSandbox(id, signal) {
      const [found] = await conversationsById(client.during(signal), [id]);
      return found == null
        ? { kind: 'unavailable', reason: 'the server does not know the conversation' }
        : { kind: 'running', handle: id };
    },
    resume: async () => Promise.resolve(),
    pause: async () => Promise.resolve(),

    async run(id, signal, hasPendingWork) {
      const http = client.during(signal);
      const [conversation] = await conversationsById(http, [id]);
      if (conversation != null && mustBeRun(conversation.execution_status, hasPendingWork))
        await runAgent(serverOf(http, id), RESUME);
    },

    async stop(id, signal, { pendingWork, timeoutMs } = {}) {
      const http = client.during(signal);
      const quick = timeoutMs === undefined ? http : http.withoutRetries(timeoutMs);
      const [before] = await conversationsById(quick, [id]).catch(async (error: unknown) => {
        if (!isLate(error)) throw error;
        // A server that is too slow to be asked may still take the interrupt, which does nothing to an agent that has ended.
        await postInterrupt(serverOf(http, id));
        // A message on its way would start the agent again.
        if (pendingWork === 'later') throw error;
        return ['interrupted' as const];
      });
      if (before === 'interrupted') return 'stopped';
      if (before == null) return 'not-listed';
      const { state } = agentStateOf(before.execution_status);
      if (await hasNothingToDo(state, pendingWork, serverOf(quick, id))) return 'not-running';
      await postInterrupt(serverOf(http, id));
      if (state.kind === 'paused') return 'paused';
      if (activityOf(before.execution_status) === 'working') return 'stopped';
      // The agent may have started on its message since: then the interrupt has paused it.
      const [after] = await conversationsById(quick, [id]);
      const activity = activityOf(after?.execution_status);
      if (activity === 'paused') return 'stopped';
      return activity === 'ended' && pendingWork === 'later' ? 'ended' : 'not-begun';
    },
  };
}

/** Whether an agent is inactive, and nothing that may be on its way to it makes it work. */
async function hasNothingToDo(
  state: State,
  pendingWork: PendingWork | undefined,
  server: AgentServer,
): Promise<boolean> {
  if (!isInactive(state)) return false;
  if (!mayStartOn(pendingWork, state)) return true;
  return state.kind === 'ended' && pendingWork === 'delivered' && hasAnswered(eventsAtAgentServer(server));
}

/** Whether the newest stored message of a person is this one. A failure to read that is none of the message, which would be sent again. */
async function isNewestMessage(server: AgentServer, message: string): Promise<boolean> {
  const messages = await readMessages(eventsAtAgentServer(server)).catch((error: unknown) => {
    throw error instanceof ApiFailure ? new ApiFailure(error.problem) : error;
  });
  const [newest] = messages.said;
  return newest?.text?.trim() === message.trim();
}
