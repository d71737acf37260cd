import type { HttpClient } from '../http.ts';

/** The kinds of events that are looked for among all others. */
export type EventKind = 'ConversationStateUpdateEvent' | 'MessageEvent';

/** Where the stored events of a conversation are read. */
export interface EventSource {
  readonly http: HttpClient;
  /** What is asked for them. */
  readonly path: string;
  /** How it is asked for those of a kind. What it shows of others all the same is passed over. */
  readonly filterFor: (kind: EventKind) => Readonly<Record<string, string>>;
  /** Whether its pages are numbered by their first event. Agent servers name that event. */
  readonly isCounted: boolean;
  /** Whether it has events as they happen. */
  readonly isLive: boolean;
}

/** The events of a conversation as the app server has them, up to half a minute late. */
export function eventsAtAppServer(http: HttpClient, id: string): EventSource {
  return {
    http,
    path: `/api/v1/conversation/${id}/events/search`,
    filterFor: (kind) => ({ kind__eq: kind }),
    isCounted: true,
    isLive: false,
  };
}

/**
 * Who tells an event of a kind. Agent servers filter by that, or ignore it; a kind the older ones only know as a path of
 * Python's. Source: `search_conversation_events` in OpenHands/software-agent-sdk.
 */
const TOLD_BY: Readonly<Record<EventKind, string>> = {
  ConversationStateUpdateEvent: 'environment',
  MessageEvent: 'user',
};

/**
 * The events of a conversation as its agent server has them, at once.
 *
 * @param http the client of that server.
 * @param conversation the conversation's path there; empty if the client's address has it already.
 */
export function eventsAtAgentServer(http: HttpClient, conversation: string): EventSource {
  return {
    http,
    path: `${conversation}/events/search`,
    filterFor: (kind) => ({ source: TOLD_BY[kind] }),
    isCounted: false,
    isLive: true,
  };
}
