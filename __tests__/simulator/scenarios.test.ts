import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { FAULT_ANSWERS } from '../../simulator/fault-text.ts';
import { orderedScenario, scenarioNames } from '../../simulator/scenarios.ts';
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

test('docs/simulator.md lists every scenario', () => {
  const rows = [...PAGE.matchAll(/^\| `([a-z-]+)` .*\| .*\| .*\| .*\|$/gm)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual([...scenarioNames()].toSorted());
});

test('docs/simulator.md lists every fault', () => {
  const named = Object.keys(FAULT_ANSWERS).filter((answer) => answer !== '100..599');
  expect(named.filter((answer) => !PAGE.includes(`| \`${answer}\` `))).toEqual([]);
});
