import type { Connection } from './connection.ts';
import type { Reader } from './reader.ts';

const MAX_USD = 10_000;

/** Reads the budget of the conversation in US dollars; `undefined` for no limit. */
export function budgetIn(read: Reader, apiVersion: Connection['apiVersion']): number | undefined {
  const maxUsd = read.parsed(
    'max-cost-usd',
    `it must be a number of US dollars above 0 and at most ${MAX_USD}, such as 2.50`,
    (value) => {
      const usd = /^\d{1,6}(?:\.\d{1,6})?$/.test(value) ? Number(value) : 0;
      return usd > 0 && usd <= MAX_USD ? usd : undefined;
    },
    undefined,
  );
  if (maxUsd === undefined) return undefined;
  read.needsPoll('max-cost-usd', 'only a step that waits sees what the agent costs');
  if (apiVersion === 'v0')
    read.wrong('max-cost-usd needs api-version v1 or agent-server: V0 does not report costs');
  return maxUsd;
}
