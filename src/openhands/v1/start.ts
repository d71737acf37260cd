import * as v from 'valibot';

import type { HttpClient, Requests } from '../../http/client.ts';
import { RequestFailed, statusOf } from '../../http/failure.ts';
import { isPage } from '../../http/request-failure.ts';
import { ApiFailure, type ConversationStarter, START } from '../../port/api.ts';
import type { StartRequest } from '../../port/assignment.ts';
import { isSameId } from '../../port/conversation.ts';
import { MAX_START_AGE_MS } from '../../port/place.ts';
import { reasonLine, singleLine } from '../../text/safe.ts';
import { readNewestFirst, type ReadPage, readPieces, readWhatFits } from '../history.ts';
import { listReader, messageToRun } from '../sdk/wire.ts';
import { refuseAgentServerInputs, untriedFailure } from '../wire.ts';
import { CONVERSATIONS, placeOf, startOf, StartTask, startTasksById, TaskWithRequest } from './wire.ts';

/** A start whose answer was just lost is among this many newest ones. */
const NEWEST_STARTS = 100;
/** The time to look for other starts while an agent is being stopped, as there are only seconds for that. Large starts take many requests. */
const OTHER_STARTS_MS = { each: 1_000, together: 2_000 } as const;
const REFUSAL_TIMEOUT_MS = 5_000;

const AccountId = v.union([v.string(), v.number()]);
/** `id` is required: with the idempotency key it makes the id of the conversation, which must not change. */
const Account = v.looseObject({
  id: v.nullable(AccountId),
  org_id: v.nullish(AccountId),
  sandbox_grouping_strategy: v.fallback(v.nullish(v.string()), null),
});
/** Source: `SandboxGroupingStrategy` in V1's OpenAPI description. */
const NO_GROUPING = 'NO_GROUPING';
const MAX_GROUPING = 100;

export function starterOf(client: HttpClient): ConversationStarter {
  return {
    async readAccount(signal) {
      const goal = 'read which account the API key belongs to';
      const request = { goal, path: '/api/v1/users/me', shape: Account, isPermanent: isPage };
      const account = await client.during(signal).read(request);
      const { id, org_id: organization, sandbox_grouping_strategy: grouping } = account;
      return {
        // A key of one organization does not see what a key of another one has started.
        id: [id ?? '', ...(organization == null ? [] : [organization])].join('/'),
        ...(grouping != null && grouping !== NO_GROUPING && { grouping: singleLine(grouping, MAX_GROUPING) }),
      };
    },

    async start(request, signal) {
      refuseAgentServerInputs(request.agentServer);
      // Without a clone, the first commit is the agent's own: there is nothing to compare with.
      if (request.isForPatch && request.workplace === undefined)
        throw untriedFailure(
          'patch-file needs a repository that the server clones, but there is none',
          'name it in repository, or leave patch-file out; for an agent server without an app server, set api-version: agent-server',
        );
      const http = client.during(signal);
      const start = { goal: START, path: CONVERSATIONS, shape: StartTask };
      try {
        return await http.runOnce(async () => {
          const { value } = await http.sendOnce(start, startBody(request));
          return placeOf(value, http.serverNow());
        });
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error;
        // Newer servers reserve the id. Source: OpenHands/OpenHands, openhands/app_server/app_conversation.
        if (statusOf(error) === 409) return { kind: 'taken', problem: error.problem };
        throw error;
      }
    },

    async readStart(task, signal) {
      const http = client.during(signal);
      const [found] = await startTasksById(http, [task]);
      return found == null ? { kind: 'not-there' } : placeOf(found, http.serverNow());
    },

    async listStarts(range, signal) {
      const http = client.during(signal);
      const tasks = range === 'recent' ? readRecent(http) : await readNewest(http);
      return Array.fromAsync(tasks, (task) => startOf(task, http.serverNow()));
    },

    // These paths answer 403 with a reason if the provider is not connected or the repository not accessible. The start itself
    // gives none then. Source: seen with OpenHands 1.11.0.
    async readRepositoryRefusal({ repository, gitProvider }, signal) {
      const http = client.during(signal).withoutRetries(REFUSAL_TIMEOUT_MS);
      const goal = 'ask what the account can reach';
      const search = { provider: gitProvider, query: repository, limit: '1' };
      for (const where of [
        { path: '/api/v1/users/git-info' },
        { path: '/api/v1/git/repositories/search', query: search },
      ])
        try {
          await http.read({ goal, ...where, shape: v.unknown() });
        } catch (error) {
          if (!(error instanceof RequestFailed)) throw error;
          const { failure } = error;
          if (failure.kind === 'status' && failure.status === 403 && failure.detail !== '')
            return reasonLine(failure.detail);
        }
      return '';
    },
  };
}

function startBody({ id, message, workplace, model }: StartRequest): Record<string, unknown> {
  return {
    conversation_id: id,
    initial_message: messageToRun(message),
    ...(model !== undefined && { llm_model: model }),
    ...(workplace && {
      selected_repository: workplace.repository,
      git_provider: workplace.gitProvider,
      ...(workplace.branch !== undefined && { selected_branch: workplace.branch }),
    }),
  };
}

/** Yields the recent starts, newest first. */
function readRecent(http: Requests): AsyncIterable<TaskWithRequest> {
  return readNewestFirst(startReader(http, MAX_START_AGE_MS), NEWEST_STARTS);
}

async function readNewest(http: Requests): Promise<readonly TaskWithRequest[]> {
  return (await readWhatFits(startReader(http), NEWEST_STARTS)).items;
}

/** Reads the newest starts up to a failure, as the very newest matter most. Throws if none can be read. */
async function readUntilFailure(read: ReadPage<TaskWithRequest>): Promise<readonly TaskWithRequest[]> {
  const tasks: TaskWithRequest[] = [];
  try {
    for await (const { items } of readPieces(read, NEWEST_STARTS)) tasks.push(...items);
  } catch (error) {
    if (!(error instanceof RequestFailed) || tasks.length === 0) throw error;
  }
  return tasks;
}

/** Returns the sandboxes of a conversation's starts that have not failed: there may be several. If all have failed, that of the newest. */
export async function readSandboxesOfStarts(http: Requests, id: string): Promise<readonly string[]> {
  const items = await readUntilFailure(startReader(http));
  const own = items.filter((start) => leadsTo(start, id));
  const sandboxes = sandboxesOf(own.filter(({ status }) => status !== 'ERROR'));
  return sandboxes.length > 0 ? [...new Set(sandboxes)] : sandboxesOf(own).slice(0, 1);
}

function sandboxesOf(starts: readonly TaskWithRequest[]): readonly string[] {
  return starts.flatMap((start) => start.sandbox_id ?? []);
}

/** Whether a sandbox has the start of another conversation that may not be listed yet. Only what can be read within seconds counts. */
export async function hasOtherStart(http: Requests, sandbox: string, id: string): Promise<boolean> {
  const { each, together } = OTHER_STARTS_MS;
  // A start is READY within two minutes and then listed within one. The rest is for clocks that differ.
  const items = await readUntilFailure(startReader(http.withoutRetries(each, together), MAX_START_AGE_MS));
  return items.some(
    (start) => start.sandbox_id === sandbox && start.status !== 'ERROR' && !leadsTo(start, id),
  );
}

/** Returns a reader of starts. `maxAgeMs`: how old they may be, by the server's clock; of any age by default. */
function startReader(http: Requests, maxAgeMs?: number): ReadPage<TaskWithRequest> {
  const list = { goal: 'look for the start', path: `${CONVERSATIONS}/start-tasks/search` };
  const selection = {
    sort_order: 'CREATED_AT_DESC',
    ...(maxAgeMs !== undefined && newerThan(maxAgeMs, http)),
  };
  return listReader(http, list, v.array(TaskWithRequest), selection);
}

function newerThan(ageMs: number, http: Requests): { readonly created_at__gte: string } {
  const since = new Date(http.serverNow() - ageMs);
  // Servers store times in UTC without a zone. Some fail for a time with one.
  return { created_at__gte: since.toISOString().replace('Z', '') };
}

/** Whether a start has made a conversation, or asks for it. Both count, because older servers make one with another id. */
function leadsTo({ request, app_conversation_id: made }: TaskWithRequest, id: string): boolean {
  return [request.conversation_id, made].some((each) => each != null && isSameId(each, id));
}
