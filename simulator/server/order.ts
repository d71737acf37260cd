import type { JsonObject } from '../json.ts';
import type { Story } from './story.ts';
import type { Happening, Tool } from './timeline.ts';

/** The request that started a conversation. */
export interface Order {
  readonly version: 'v1' | 'v0' | 'agent-server';
  readonly message: string;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  /** The tools that the model is told of; absent if the server stores no event about that. */
  readonly tools?: readonly Tool[];
  readonly title: string | null;
  readonly trigger: string | null;
  readonly scenario: Story;
  /** The body of the start request, which V1 repeats in its start task. */
  readonly request: JsonObject;
  /** The API key, for the hostile texts, which repeat it. */
  readonly apiKey: string;
  /** The account of the conversation; null if the server has no accounts. */
  readonly accountId: string | null;
  /** The time of the request, in simulated milliseconds since the epoch. */
  readonly at: number;
}

/** The ids of a conversation, and the session key of its sandbox. */
export interface Names {
  readonly id: string;
  readonly taskId: string;
  readonly sandboxId: string;
  readonly sessionKey: string;
}

/** An event of a conversation, with a UUID for V1 and a serial number for V0. */
export interface StoredEvent {
  readonly id: string;
  readonly serial: number;
  /** Milliseconds since the epoch, simulated. */
  readonly at: number;
  readonly happening: Happening;
  /** The ids of the events that a condensation forgets. */
  readonly forgotten: readonly string[];
}
