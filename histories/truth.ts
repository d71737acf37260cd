import { canonicalId } from '../simulator/ids.ts';
import { isAtWork, isReachable } from '../simulator/server/at-work.ts';
import type { AgentView, ConversationView } from '../simulator/server/store.ts';
import type { Happening } from '../simulator/server/timeline.ts';
import type { Deed } from './history.ts';
import type { Played } from './play.ts';
import type { ToldStep } from './told.ts';

/** What the simulators know of a history, as the checks ask for it. All times are in seconds since the beginning. */

/** Returns the conversations of an id, oldest first, those that were deleted included: a server may have two. */
export function conversationsOf({ conversations, deleted }: Played, id: string): readonly ConversationView[] {
  return [...deleted.conversations, ...conversations].filter(
    (each) => canonicalId(each.id) === canonicalId(id),
  );
}

/** Returns the conversations but for those that failed to start. */
export function startedIn({ conversations }: Played): readonly ConversationView[] {
  return conversations.filter(({ state }) => state.version === 'v0' || state.start !== 'ERROR');
}

/** Returns the agents of an id, oldest first, those whose conversation was deleted included. */
export function agentsOf({ agents, deleted }: Played, id: string): readonly AgentView[] {
  return [...deleted.agents, ...agents].filter((each) => canonicalId(each.id) === canonicalId(id));
}

/** Whether a person has deleted the conversation of an id. */
export function isDeleted(played: Played, id: string): boolean {
  return deedTimes(played, id, 'delete').length > 0;
}

/** Returns when a person has done something to the conversation of an id, in seconds. */
export function deedTimes(
  { deeds }: Played,
  id: string,
  ...whats: readonly Deed['what'][]
): readonly number[] {
  return deeds
    .filter(({ what, id: of = '' }) => whats.includes(what) && canonicalId(of) === canonicalId(id))
    .map(({ at }) => at);
}

/** Returns the conversations whose agents are at work in the end. */
export function workersOf({ conversations, agents }: Played): readonly ConversationView[] {
  return conversations.filter((each, index) => isAtWork(each) && hasWork(each, agents[index]));
}

/** Whether an agent has work: it has a message and, if nobody can reach it any more, has not answered the newest one. */
function hasWork(conversation: ConversationView, agent: AgentView | undefined): boolean {
  const talk = agent?.events.filter(({ happening }) => TALK.has(happening.kind)) ?? [];
  return isReachable(conversation)
    ? talk.some(({ happening }) => happening.kind === 'user-message')
    : isBeginning(talk.at(-1)?.happening);
}

function isBeginning(happening: Happening | undefined): boolean {
  if (happening?.kind === 'agent-state') return happening.agent === 'working';
  return happening?.kind === 'user-message';
}

const TALK: ReadonlySet<string> = new Set<Happening['kind']>([
  'user-message',
  'finish',
  'agent-message',
  'error',
  'agent-state',
]);

type Kind<K extends Happening['kind']> = Extract<Happening, { readonly kind: K }>;

/** Returns the events of some kinds, with their times, oldest first. */
export function eventsOf<K extends Happening['kind']>(
  { events }: AgentView,
  { epoch }: Played,
  ...kinds: readonly K[]
): readonly { readonly at: number; readonly happening: Kind<K> }[] {
  const isOne = (happening: Happening): happening is Kind<K> => kinds.some((kind) => kind === happening.kind);
  return events.flatMap(({ at, happening }) =>
    isOne(happening) ? [{ at: Math.round(at - epoch) / 1000, happening }] : [],
  );
}

/** Returns the answers of an agent with their times, oldest first. */
export function answersOf(
  agent: AgentView,
  played: Played,
): readonly { readonly at: number; readonly text: string }[] {
  return eventsOf(agent, played, 'finish', 'agent-message').map(({ at, happening }) => ({
    at,
    text: happening.text,
  }));
}

/** Returns what an agent had cost at a time, in US dollars. */
export function costAt(agent: AgentView, played: Played, time: number): number {
  return eventsOf(agent, played, 'cost').findLast(({ at }) => at <= time)?.happening.dollars ?? 0;
}

/** Whether two steps were there at the same time. */
export function haveOverlapped(one: ToldStep, other: ToldStep): boolean {
  const endOf = ({ endedAt, postEndedAt }: ToldStep): number => postEndedAt ?? endedAt;
  return one !== other && one.startedAt < endOf(other) && other.startedAt < endOf(one);
}

/** Returns the conversation id that a step told; empty if it told none. */
export function toldId({ outputs }: ToldStep): string {
  return outputs['conversation-id'] ?? '';
}

/** Whether a step may have had to do with a conversation: it names it, or none. */
export function mayBeAbout(step: ToldStep, id: string): boolean {
  const told = toldId(step);
  return told === '' || canonicalId(told) === canonicalId(id);
}
