import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { orderedScenario, scenarioNames } from '../../simulator/server/scenarios.ts';
import { ENDINGS } from '../integration/endings.ts';
import { type Lab, openLab, startV1, textAt } from './client.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(async () => {
  await lab.close();
});

async function answerOf(id: string): Promise<string> {
  const path = `/api/v1/conversation/${id}/events/search?kind__eq=ActionEvent&sort_order=TIMESTAMP_DESC&limit=1`;
  return textAt((await lab.get(path)).body, 'items.0.action.message');
}

test('hostile texts contain both keys, escapes, commands and a lone surrogate', async () => {
  const { id } = await startV1(lab, 'hostile');
  lab.clock.advance(60);
  const text = await answerOf(id);
  const key = lab.simulator.conversations[0]?.sessionKey ?? '';
  expect(text).toContain('test-key-of-the-account');
  expect(text).toContain(key);
  expect(text).toMatch(/^::set-output/m);
  expect(text.isWellFormed()).toBe(false);
  expect(text).toContain('\u001B');
});

test('a message chooses its scenario with a line of its own', () => {
  expect(orderedScenario('Please\n  simulate: error\nthanks')).toBe('error');
  expect(orderedScenario('> simulate: stuck')).toBe('stuck');
  expect(orderedScenario('simulate: nonsense\nsimulate: error')).toBe('error');
  expect(orderedScenario('please simulate: error')).toBeUndefined();
  expect(scenarioNames().length).toBeGreaterThan(25);
});

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/simulator.md'), 'utf8');

test('docs/simulator.md lists every scenario, at the status with which its step ends', () => {
  const rows = [...PAGE.matchAll(/^\| `([a-z-]+)` +\| (`.*`) +\|$/gm)];
  const listed = rows.flatMap(([, status, names = '']) =>
    [...names.matchAll(/`([a-z-]+)`/g)].map(([, name]) => [name, status] as const),
  );
  expect(listed.map(([name]) => name).toSorted()).toEqual([...scenarioNames()].toSorted());
  expect(listed).toEqual(expect.arrayContaining(ENDINGS.map(([name, v1]) => [name, v1])));
});
