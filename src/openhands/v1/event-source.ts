import type { HttpClient } from '../../http/client.ts';

/** The kinds of events that requests can filter by. */
export type EventKind = 'ConversationStateUpdateEvent' | 'MessageEvent';

/** A server that has the stored events of a conversation. */
export interface EventSource {
  readonly http: HttpClient;
  /** The path of the events. */
  readonly path: string;
  /** Returns the query parameters that filter by kind. The server may ignore them. */
  readonly filterFor: (kind: EventKind) => Readonly<Record<string, string>>;
  /** Whether a page's id is the number of its first event, as on app servers. On agent servers it is that event's id. */
  readonly hasNumberedPages: boolean;
  /** Whether the events are available as they happen. */
  readonly isLive: boolean;
}

/** The events at the app server: they arrive up to half a minute late. */
export function eventsAtAppServer(http: HttpClient, id: string): EventSource {
  return {
    http,
    path: `/api/v1/conversation/${id}/events/search`,
    filterFor: (kind) => ({ kind__eq: kind }),
    hasNumberedPages: true,
    isLive: false,
  };
}

/**
 * The `source` of each kind of event. Agent servers filter by it, or ignore the filter. They are not asked to filter by
 * kind: older ones expect a Python path there. Source: `search_conversation_events` in OpenHands/software-agent-sdk.
 */
const SOURCES: Readonly<Record<EventKind, string>> = {
  ConversationStateUpdateEvent: 'environment',
  MessageEvent: 'user',
};

/**
 * The events at the agent server: they are available at once.
 *
 * @param http the client of the agent server.
 * @param conversation the path of the conversation there; empty if the client's base URL has it already.
 */
export function eventsAtAgentServer(http: HttpClient, conversation: string): EventSource {
  return {
    http,
    path: `${conversation}/events/search`,
    filterFor: (kind) => ({ source: SOURCES[kind] }),
    hasNumberedPages: false,
    isLive: true,
  };
}
