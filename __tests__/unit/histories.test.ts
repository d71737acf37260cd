import { globSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { EXCEPTIONS } from '../../histories/exceptions.ts';
import { declarationsIn, FIXES } from '../../histories/fixes.ts';
import type { History, StepPlan } from '../../histories/history.ts';
import { historyOf } from '../../histories/plan.ts';
import { shrink } from '../../histories/shrink.ts';
import { read, ROOT } from '../support/yaml.ts';

describe('the exceptions of histories', () => {
  test.each(EXCEPTIONS)('$name: the sentence that allows it stands in $page', ({ page, sentence }) => {
    const text = read(page).replaceAll(/\s+/g, ' ');
    // Not toContain, which prints the whole page.
    expect(text.includes(sentence)).toBe(true);
  });

  test('have names of their own', () => {
    expect(new Set(EXCEPTIONS.map(({ name }) => name)).size).toBe(EXCEPTIONS.length);
  });
});

describe('the fixes that the proof of histories takes back', () => {
  test.each(Object.entries(FIXES))('%s: what is replaced is there once', (_name, fix) => {
    expect(declarationsIn(read(fix.file), fix)).toHaveLength(1);
  });
});

test('the checks of histories use nothing of the code under test', () => {
  const files = [
    'check.ts',
    'checks/*.ts',
    'conditions.ts',
    'crowd.ts',
    'exceptions.ts',
    'told.ts',
    'truth.ts',
  ];
  const paths = files.flatMap((file) => globSync(join('histories', file), { cwd: ROOT }));
  expect(paths.length).toBeGreaterThan(10);
  const texts = paths.map(read);
  expect(texts.filter((text) => /from '(?:\.\.\/)+src\//.test(text))).toEqual([]);
});

test('a seed is the same history each time, and seeds differ', () => {
  const seeds = Array.from({ length: 200 }, (_, seed) => seed);
  const texts = seeds.map((seed) => JSON.stringify(historyOf(seed)));
  expect(seeds.map((seed) => JSON.stringify(historyOf(seed)))).toEqual(texts);
  expect(new Set(texts).size).toBe(seeds.length);
});

test('a quarter of the histories has faults in the first ten requests, and a quarter has wrong clocks', () => {
  const histories = Array.from({ length: 400 }, (_, seed) => historyOf(seed));
  const isEarly = ({ steps }: History): boolean =>
    steps.some(({ faults }) => faults.some(({ from }) => from < 10));
  const hasWrongClock = ({ server, steps }: History): boolean =>
    server.wrongDates !== undefined || steps.some(({ ahead }) => ahead !== undefined);
  expect(histories.filter(isEarly).length).toBeGreaterThanOrEqual(100);
  expect(histories.filter(hasWrongClock).length).toBeGreaterThanOrEqual(100);
});

describe('a history that is wrong is made smaller', () => {
  const step = (number: number, more: Partial<StepPlan> = {}): StepPlan => ({
    at: number,
    run: 100 + number,
    attempt: 1,
    inputs: { message: `Task of step ${number}.`, poll: 'true', comment: 'true' },
    faults: [
      { name: '503', from: 2, times: 4, only: 'any' },
      { name: '401', from: 3, times: 1, only: 'github' },
    ],
    post: { delay: 1, isGone: true },
    ...more,
  });
  const history: History = {
    seed: 1,
    server: { kind: 'v1', scenario: 'error', hasNoSockets: true },
    pushes: [{ check: 'failure' }],
    people: [{ at: 5, what: 'pause' }],
    steps: [step(0), step(1, { after: 0 }), step(2, { continues: 1 })],
  };

  test('to what it cannot do without', async () => {
    const smallest = await shrink(history, async ({ steps }) =>
      Promise.resolve(steps.some(({ faults }) => faults.some(({ name }) => name === '401'))),
    );
    expect(smallest).toEqual({
      seed: 1,
      server: { kind: 'v1', scenario: 'finish' },
      pushes: [],
      people: [],
      steps: [
        {
          at: 0,
          run: 101,
          attempt: 1,
          inputs: { message: 'Task of step 1.' },
          faults: [{ name: '401', from: 3, times: 1, only: 'github' }],
          post: { delay: 1 },
        },
      ],
    });
  });

  test('and a step that another one continues stays', async () => {
    const { steps } = await shrink(history, async (smaller) =>
      Promise.resolve(smaller.steps.some(({ run }) => run === 102)),
    );
    expect(steps.map(({ run, continues }) => [run, continues])).toEqual([
      [101, undefined],
      [102, 0],
    ]);
  });
});
