import { describe, expect, test } from '@jest/globals';

import { type LocalInputName, type LocalInputs, localInputsIn } from '../../local/src/inputs.ts';
import { checkInputs, WrongInputs } from '../../src/inputs/reader.ts';

function read(given: Partial<Record<LocalInputName, string>>): LocalInputs {
  return checkInputs({ input: (name: LocalInputName) => given[name] ?? '' }, localInputsIn);
}

function problems(given: Partial<Record<LocalInputName, string>>): readonly string[] {
  try {
    read(given);
  } catch (error) {
    if (error instanceof WrongInputs) return error.problem.reasons ?? [];
    throw error;
  }
  return [];
}

describe('the inputs of local/action.yml', () => {
  test('are all optional', () => {
    expect(read({})).toEqual({
      port: 8712,
      allowUnisolated: false,
    });
  });

  test('accept an unprivileged port, and report all problems at once', () => {
    expect(read({ port: '1024' }).port).toBe(1024);
    expect(problems({ port: '80', 'allow-unisolated': 'perhaps' })).toEqual([
      expect.stringMatching(/^port is "80"/),
      expect.stringMatching(/^allow-unisolated is "perhaps"/),
    ]);
    for (const port of ['0', '65536', '1e4', '-8712', '8712.5', 'http'])
      expect(problems({ port })).toHaveLength(1);
  });
});
