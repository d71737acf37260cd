import { describe, expect, test } from '@jest/globals';

import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import { play, type PlayOptions, type StepRun } from '../../testbed/play.ts';
import { unbounded } from './matrix.ts';

const VERSIONS = ['v1', 'v0'] as const;
type Version = (typeof VERSIONS)[number];

/** A hundred of them must stay below 10 MiB, or they are not read. */
const LONG = '`word `'.repeat(3_000);

/** Returns the JSON with each text of this name replaced, and null, too. Adds the names to `seen`. */
function tampered(body: string, name: string | undefined, seen: Set<string>): string {
  try {
    return JSON.stringify(JSON.parse(body), (key, value: unknown) => {
      if (typeof value !== 'string' && value !== null) return value;
      seen.add(key);
      return key === name ? LONG : value;
    });
  } catch {
    return body;
  }
}

interface Story {
  readonly scenario: ScenarioName;
  readonly choices?: PlayOptions;
}

/** Stories that lead to every request of the action, and to its failure. */
const STORIES: Readonly<Record<string, Story>> = {
  'a start': { scenario: 'finish' },
  'a start that fails': { scenario: 'start-error' },
  'an end that is an error': { scenario: 'error' },
  'a follow-up': { scenario: 'finish', choices: { earlier: 'finish' } },
  'a cancel': {
    scenario: 'forever',
    choices: { cancelAt: 10, neighbor: true, simulator: { sharedSandbox: true } },
  },
};

async function runStory(
  version: Version,
  story: Story,
  name: string | undefined,
  seen: Set<string>,
): Promise<StepRun> {
  const { scenario, choices } = story;
  return play(
    scenario,
    version,
    { 'api-version': version, 'timeout-seconds': '300' },
    [
      {
        path: '*',
        times: Number.POSITIVE_INFINITY,
        answer: { kind: 'tampered', change: (body) => tampered(body, name, seen) },
      },
    ],
    version === 'v0' && choices?.neighbor ? { cancelAt: 10 } : choices,
  );
}

describe.each(VERSIONS)('%s: a text of 20 kB in any answer is shortened before people see it', (version) => {
  test.each(Object.entries(STORIES))('%s', async (_, story) => {
    const names = new Set<string>();
    await runStory(version, story, undefined, names);
    expect(names.size).toBeGreaterThan(0);
    for (const name of names) {
      const ran = await runStory(version, story, name, new Set());
      expect({ name, unbounded: unbounded(ran) }).toEqual({ name, unbounded: [] });
    }
  });
});
