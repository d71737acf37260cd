import { expect, test } from '@jest/globals';

import { orderedScenario, scenarioNames } from '../../simulator/server/story.ts';
import { ENDINGS } from '../../testbed/endings.ts';
import { read } from '../support/yaml.ts';

test('a message chooses its scenario with a line of its own', () => {
  expect(orderedScenario('Please\n  simulate: error\nthanks')).toBe('error');
  expect(orderedScenario('> simulate: stuck')).toBe('stuck');
  expect(orderedScenario('simulate: nonsense\nsimulate: error')).toBe('error');
  expect(orderedScenario('please simulate: error')).toBeUndefined();
  expect(scenarioNames().length).toBeGreaterThan(25);
});

test('docs/simulator.md lists every scenario, at the status with which its step ends', () => {
  const rows = [...read('docs/simulator.md').matchAll(/^\| `([a-z-]+)` +\| (`.*`) +\|$/gm)];
  const listed = rows.flatMap(([, status, names = '']) =>
    [...names.matchAll(/`([a-z-]+)`/g)].map(([, name]) => [name, status] as const),
  );
  expect(listed.map(([name]) => name).toSorted()).toEqual([...scenarioNames()].toSorted());
  expect(listed).toEqual(expect.arrayContaining(ENDINGS.map(([name, v1]) => [name, v1])));
});
