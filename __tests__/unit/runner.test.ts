import { afterEach, expect, jest, test } from '@jest/globals';

import { githubRunner } from '../../src/github/runner.ts';

const { GITHUB_STATE } = process.env;

afterEach(() => {
  jest.restoreAllMocks();
  delete process.env['GITHUB_STATE'];
  if (GITHUB_STATE !== undefined) process.env['GITHUB_STATE'] = GITHUB_STATE;
});

test('a state that cannot be kept costs a warning, and not the step', () => {
  const written: unknown[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(text) > 0);
  process.env['GITHUB_STATE'] = '/nowhere/at/all';
  githubRunner().save({ step: 'over' });
  expect(written.join('')).toMatch(/^::warning::what post needs to know could not be kept: .*\n$/);
});
