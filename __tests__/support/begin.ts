import type { BeginOptions, WantedVersion } from '../../src/openhands/begin.ts';
import { testClient } from './client.ts';
import { simulatedClock } from './clock.ts';

/** What beginning needs, and the ids that were asked for. */
export function beginning(
  baseUrl: string,
  version: WantedVersion,
): BeginOptions & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    http: testClient(baseUrl),
    version,
    clock: simulatedClock(),
    signal: new AbortController().signal,
    onAsk: (id) => asked.push(id),
    onRefused: () => undefined,
    onAnswer: () => undefined,
    asked,
  };
}
