import type { GithubApi } from '../simulator/github/api.ts';
import { PULL_REQUEST } from '../simulator/github/pushing-agent.ts';
import { OPENED, type SimulatedPullRequest } from '../simulator/github/rest.ts';
import { memoryFetch } from '../simulator/memory-fetch.ts';
import type { ConversationView, Simulator } from '../simulator/server/server.ts';
import { KEY } from '../testbed/world.ts';
import type { Deed, ServerKind, ServerPlan } from './history.ts';

/** What people can reach. */
export interface Reach {
  readonly kind: ServerKind;
  readonly simulator: Simulator;
  readonly github: GithubApi;
  /** The pull requests of the simulated GitHub. */
  readonly pulls: Record<number, SimulatedPullRequest>;
}

/** How long a server is down when it is restarted. */
export const DOWN_SECONDS = 15;

/** The message that a person sends. */
export const PERSONS_MESSAGE = 'A person asks for more.';
const NEIGHBOR = 'Somebody else asked for this.\nsimulate: forever';

const PICTURE = { type: 'image', image_urls: [`data:image/png;base64,${'A'.repeat(1_000_000)}`] };
const PICTURED_NEIGHBORS = 20;

/** Starts the agents of others, on a server of V1. */
export async function startNeighbors(
  url: string,
  { hasNeighbor, hasPicturedNeighbors }: ServerPlan,
): Promise<void> {
  if (hasNeighbor === true) await startNeighbor(url);
  if (hasPicturedNeighbors !== true) return;
  for (let count = 0; count < PICTURED_NEIGHBORS; count += 1) await startNeighbor(url, PICTURE);
}

async function startNeighbor(url: string, ...pictures: readonly (typeof PICTURE)[]): Promise<void> {
  await send(url, [
    'POST',
    '/api/v1/app-conversations',
    {
      initial_message: { role: 'user', content: [{ type: 'text', text: NEIGHBOR }, ...pictures] },
      selected_repository: 'octo-org/octo-repo',
    },
  ]);
}

/** Whether a conversation is one of {@link startNeighbors}. */
export function isNeighbor({ message }: ConversationView): boolean {
  return message === NEIGHBOR;
}

/** Does what a person does. Returns the id of the conversation that it was done to, if any. */
export async function doDeed({ what }: Deed, reach: Reach): Promise<string | undefined> {
  const { simulator, github, pulls } = reach;
  switch (what) {
    case 'pause':
    case 'resume':
    case 'send':
    case 'delete':
      return actOnNewest(what, reach);
    case 'delete comment':
    case 'edit comment':
      await actOnComment(what, github);
      return undefined;
    case 'merge':
    case 'close':
      pulls[PULL_REQUEST] = { ...OPENED, state: 'closed', merged: what === 'merge' };
      return undefined;
    case 'push':
      github.push({ number: PULL_REQUEST }, {});
      return undefined;
    case 'restart server':
      return undefined;
    case 'stop agent servers':
    case 'kill agent servers':
      simulator.restart(what === 'stop agent servers' ? 'stop' : 'kill', DOWN_SECONDS);
      return undefined;
  }
}

type Act = 'pause' | 'resume' | 'send' | 'delete';
type Request = readonly [method: string, path: string, body?: object];

async function actOnNewest(what: Act, { kind, simulator }: Reach): Promise<string | undefined> {
  const newest = simulator.conversations.findLast((each) => each.state.shown && !isNeighbor(each));
  if (newest === undefined) return undefined;
  const request = (kind === 'agent-server' ? ofAgentServer : kind === 'v0' ? ofV0 : ofV1)(what, newest);
  if (request === undefined) return undefined;
  return (await send(simulator.url, request)) ? newest.id : undefined;
}

/** Sends a request. Returns whether it has reached the server, which may be down. */
async function send(url: string, [method, path, body]: Request): Promise<boolean> {
  const answer = memoryFetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}`, 'x-session-api-key': KEY },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return answer.then(
    () => true,
    () => false,
  );
}

const MESSAGE = { role: 'user', content: [{ type: 'text', text: PERSONS_MESSAGE }], run: true };

function ofV1(what: Act, { id, sandboxId }: ConversationView): Request {
  if (what === 'delete') return ['DELETE', `/api/v1/app-conversations/${id}`];
  if (what === 'send') return ['POST', `/api/v1/app-conversations/${id}/send-message`, MESSAGE];
  return ['POST', `/api/v1/sandboxes/${sandboxId}/${what}`];
}

function ofAgentServer(what: Act, { id }: ConversationView): Request | undefined {
  const path = `/api/conversations/${id}`;
  if (what === 'delete') return undefined;
  if (what === 'send') return ['POST', `${path}/events`, MESSAGE];
  return ['POST', `${path}/${what === 'pause' ? 'pause' : 'run'}`];
}

function ofV0(what: Act, { id }: ConversationView): Request | undefined {
  const path = `/api/conversations/${id}`;
  if (what === 'pause') return ['POST', `${path}/stop`];
  return what === 'resume' ? ['POST', `${path}/start`, { providers_set: [] }] : undefined;
}

async function actOnComment(what: 'delete comment' | 'edit comment', github: GithubApi): Promise<void> {
  const [comment, reply] = [github.comments.at(-1), github.replies.at(-1)];
  const newest = comment ?? reply;
  if (newest === undefined) return;
  const isDeleted = what === 'delete comment';
  const place = newest === comment ? 'issues' : 'pulls';
  await memoryFetch(`${github.url}/repos/octo-org/octo-repo/${place}/comments/${newest.id}`, {
    method: isDeleted ? 'DELETE' : 'PATCH',
    headers: { authorization: 'Bearer ghp_person', 'content-type': 'application/json' },
    ...(!isDeleted && { body: JSON.stringify({ body: `A person was here.\n\n${newest.body}` }) }),
  });
}
