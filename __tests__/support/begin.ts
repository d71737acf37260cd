import { detect } from '../../src/openhands/detect.ts';
import type { ApiVersion, WantedApi } from '../../src/port/api-version.ts';
import { plainDraft, type StartRequest } from '../../src/port/assignment.ts';
import type { ConversationEvent } from '../../src/port/events.ts';
import { Interruption } from '../../src/port/interruption.ts';
import { isOver, type Outcome } from '../../src/port/outcome.ts';
import { start } from '../../src/start/start.ts';
import { jumpingTime } from '../../testbed/world.ts';
import { testClient } from './client.ts';

/** How a start went, until the server accepted it: then there is no outcome. */
interface Begun {
  readonly outcome?: Outcome;
  readonly events: readonly ConversationEvent[];
  /** The API version of the server. */
  readonly version: ApiVersion;
}

/** Starts a conversation over HTTP with the API that the server has, until the server has accepted the start or created the conversation. */
export async function begin(baseUrl: string, version: WantedApi, request: StartRequest): Promise<Begun> {
  const { clock, fetch } = jumpingTime();
  const accepted = new AbortController();
  const { signal } = accepted;
  const { api } = await detect(version, testClient(baseUrl, { clock, fetch }), { hasKey: false }, signal);
  const events: ConversationEvent[] = [];
  const startedAt = clock.now();
  const session = {
    api,
    clock,
    signal,
    startedAt,
    deadlineAt: startedAt + 3_600_000,
    poll: false,
    pace: { maxMs: 30_000, random: () => 0.5 },
    onPaused: 'wait',
    emit(event: ConversationEvent) {
      events.push(event);
      if (event.kind === 'preparing' || event.kind === 'found') accepted.abort(new Interruption('cancel'));
    },
  } as const;
  const message = plainDraft(request.message.text);
  const starting = start({ request, message, followUp: message, isShared: false }, session).then((begun) =>
    isOver(begun) ? { outcome: begun } : {},
  );
  const ended = await starting.catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return {};
  });
  return { ...ended, events, version: api.version };
}
