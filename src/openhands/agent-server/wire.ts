import * as v from 'valibot';

import type { Requests } from '../../http/client.ts';
import { isNotServed, statusOf } from '../../http/failure.ts';
import { ApiFailure, type Deferred, type FolderInUse, type Links, START } from '../../port/api.ts';
import { type StartRequest, STEP_TAG } from '../../port/assignment.ts';
import { isSameId, type Snapshot } from '../../port/conversation.ts';
import { memberOf } from '../../text/data.ts';
import type { AgentServer } from '../sdk/agent.ts';
import { meaningOf } from '../sdk/server-words.ts';
import { activityOf, agentStateOf, RUNNING } from '../sdk/states.ts';
import { Stats, usageOfStats } from '../sdk/usage.ts';
import { messageToRun, Uuid } from '../sdk/wire.ts';
import { FACTS, factsIn, NOT_LISTED, OTHER_ID, READ_STATUS, readerById, untriedFailure } from '../wire.ts';
import { type Worktree, worktreeFailure } from './worktree.ts';

const CONVERSATIONS = '/api/conversations';

export function serverOf(http: Requests, id: string): AgentServer {
  return { http, path: `${CONVERSATIONS}/${id}` };
}

/** A path of the server's machine. */
const Folder = v.pipe(v.string(), v.nonEmpty(), v.maxLength(4_096));

const Workspace = v.fallback(v.nullish(v.looseObject({ working_dir: Folder })), null);

/** Source: `ConversationInfo` in OpenHands/software-agent-sdk. */
const AgentServerConversation = v.looseObject({
  id: Uuid,
  execution_status: v.string(),
  ...FACTS,
  stats: v.fallback(v.nullish(Stats), null),
  workspace: Workspace,
  tags: v.fallback(v.nullish(v.looseObject({ [STEP_TAG]: v.nullish(v.string()) })), null),
});
type AgentServerConversation = v.InferOutput<typeof AgentServerConversation>;

/**
 * Whether an agent may have no message yet, by its own status. The server stores the conversation, and then prepares the agent for the
 * message. If that fails, it answers 500, and the agent is idle without a message, or paused if somebody pauses it then.
 * Source: `_start_conversation` in OpenHands/software-agent-sdk.
 */
function mayLackMessage(status: string): boolean {
  return ['idle', 'paused'].includes(activityOf(status));
}

/** Converts a conversation to a snapshot. Its status is the agent's own, so stored events are not needed. */
export function snapshotOf(conversation: AgentServerConversation | null): Snapshot {
  if (conversation === null) return { ...NOT_LISTED, whenToReadStored: 'never' };
  const { execution_status: status, stats, tags, workspace } = conversation;
  const startedBy = tags?.[STEP_TAG];
  return {
    ...agentStateOf(status),
    whenToReadStored: 'never',
    ...(mayLackMessage(status) && { mayLackMessage: true }),
    ...(startedBy != null && { startedBy }),
    facts: {
      ...factsIn(conversation),
      ...(stats != null && usageOfStats(stats)),
      ...(workspace && { folder: workspace.working_dir }),
    },
  };
}

export const conversationsById = readerById(READ_STATUS, CONVERSATIONS, AgentServerConversation);

/** Source: `ConversationPage` in OpenHands/software-agent-sdk. Only these fields are kept: others can be large. */
const AtWork = v.object({
  items: v.array(v.object({ id: Uuid, execution_status: v.string(), workspace: Workspace })),
});

/** The timeout for the list of conversations: a start can do without. */
const LIST_TIMEOUT_MS = 10_000;

/** Lists the conversations at work whose folder the server tells. Does not retry. */
export async function readAtWork(http: Requests): Promise<readonly FolderInUse[]> {
  const query = { status: RUNNING, limit: '100' };
  const request = { goal: READ_STATUS, path: `${CONVERSATIONS}/search`, query, shape: AtWork };
  const { items } = await http.withoutRetries(LIST_TIMEOUT_MS).read(request);
  return items.flatMap(({ id, execution_status: status, workspace }) =>
    workspace && activityOf(status) === 'working' ? { id, folder: workspace.working_dir } : [],
  );
}

/**
 * Returns what `/server_info` tells: whether there are pages for people (links stay below `baseUrl`). The Docker image of Agent Canvas has
 * pages, but names no frontend. Seen with Canvas 1.20.0, SDK 1.49.1 and 1.58.2.
 */
export function factsOf(baseUrl: string, info: unknown): Links {
  const runtime = memberOf(info, 'runtime_services');
  const isImage = memberOf(runtime, 'mode') === 'docker';
  const hasPages = isImage || memberOf(memberOf(runtime, 'services'), 'frontend') != null;
  const root = baseUrl + (isImage ? '/canvas' : hasPages ? '' : '/api');
  const page = hasPages ? {} : ({ hasNoPage: true } as const);
  return {
    list: hasPages ? root : `GET ${root}/conversations/search`,
    conversation: (id) => ({ id, url: `${root}/conversations/${id}`, ...page }),
  };
}

/** The default tools: an agent has only those that are named. Source: `get_default_tools` in OpenHands/software-agent-sdk. */
const TOOLS = ['terminal', 'file_editor', 'task_tracker'].map((name) => ({ name }));

/** What an agent without tools can do: end. Without this list, a server chooses. */
const BUILT_IN = ['FinishTool', 'ThinkTool'];

/**
 * Returns the agent of a start that names a model. One without tools is given whole: from settings, 1.49.1 makes one that has `switch_llm`,
 * and the setting that turns it off is an error for 1.58.2. Seen with both.
 */
function agentOf(llm: object, hasNoTools: boolean | undefined): object {
  return hasNoTools === true
    ? { agent: { kind: 'Agent', llm, tools: [], include_default_tools: BUILT_IN } }
    : { agent_settings: { llm, tools: TOOLS } };
}

/** A conversation that exists after a start, with the folder that the agent works in if the server tells it. */
export interface StartedIn {
  readonly kind: 'existing' | 'created';
  readonly id: string;
  readonly folder?: string;
}

/** Starts a conversation. Throws {@link ApiFailure} before the start if an input is missing that an agent server needs. */
export async function requestStart(
  http: Requests,
  request: StartRequest,
  worktree?: Worktree,
): Promise<StartedIn | Deferred> {
  const body = { ...(await buildStartBody(http, request)), ...worktree };
  const Started = v.looseObject({
    id: v.pipe(
      Uuid,
      v.check((id) => isSameId(id, request.id), OTHER_ID),
    ),
    workspace: Workspace,
  });
  const create = { goal: START, path: CONVERSATIONS, shape: Started };
  return http.runOnce(async () => {
    const { tags } = request;
    const { status, value } = await http
      .sendOnce(create, { ...body, tags })
      .catch(async (error: unknown) => {
        // A server that refuses the tags has not started anything.
        if (tags !== undefined && statusOf(error) === 422) return http.sendOnce(create, body);
        throw error;
      })
      .catch((error: unknown) => {
        throw startFailure(error, request, worktree);
      });
    // 201: it is new.
    return {
      kind: status === 200 ? 'existing' : 'created',
      id: value.id,
      ...(value.workspace && { folder: value.workspace.working_dir }),
    };
  });
}

/** Returns the failure of a start, with an advice if the server shows what it lacks. */
function startFailure(error: unknown, { model }: StartRequest, worktree: Worktree | undefined): unknown {
  if (!(error instanceof ApiFailure)) return error;
  const status = statusOf(error);
  // Without a model in the profile, 1.49.1 answers 404, and 1.58.2 answers 422.
  const isModelMissing = status === 404 || (status === 422 && meaningOf(error) === 'no-model');
  if (model === undefined && isModelMissing)
    return missingModel(`for the active profile the server says ${error.problem.because}`);
  return worktree === undefined ? error : worktreeFailure(error, worktree);
}

async function buildStartBody(
  http: Requests,
  { id, message, model, hasNoTools, agentServer = {} }: StartRequest,
): Promise<object> {
  const { workingDirectory, llmApiKey, llmBaseUrl } = agentServer;
  if (workingDirectory === undefined)
    throw untriedFailure(
      'working-directory is empty, and the server is an agent server, which needs it',
      "set working-directory to the folder on the server's machine that the agent works in",
    );
  const llm = { model, api_key: llmApiKey, base_url: llmBaseUrl };
  return {
    conversation_id: id,
    workspace: { working_dir: workingDirectory },
    ...(model === undefined ? { agent_profile_id: await readActiveProfile(http) } : agentOf(llm, hasNoTools)),
    initial_message: messageToRun(message),
  };
}

/** Source: `AgentProfileListResponse` in OpenHands/software-agent-sdk. */
const Profiles = v.looseObject({ active_agent_profile_id: v.nullish(Uuid) });

/** Returns the server's active profile, which names the model for its agents. */
async function readActiveProfile(http: Requests): Promise<string> {
  const request = { goal: START, path: '/api/agent-profiles', shape: Profiles };
  const answer = await http.read(request).catch((error: unknown) => {
    if (!isNotServed(error)) throw error;
  });
  if (answer?.active_agent_profile_id != null) return answer.active_agent_profile_id;
  throw missingModel('the server has no active profile');
}

function missingModel(why: string): ApiFailure {
  const advice =
    'set up a model in the settings of the server (Agent Canvas: Settings, LLM), or set model and llm-api-key';
  return untriedFailure(`model is empty, and ${why}`, advice, { isWithoutModel: true });
}
