import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

import { OUTCOMES_INPUT_NAMES, OUTCOMES_OUTPUT_NAMES } from '../../outcomes/src/inputs.ts';
import { BUILT } from '../../scripts/built.ts';
import { members, read } from '../support/yaml.ts';

const action: unknown = parse(read('outcomes/action.yml'));

describe('outcomes/action.yml', () => {
  test('has the inputs and outputs of the code', () => {
    expect([...members(action, 'inputs').keys()]).toEqual(OUTCOMES_INPUT_NAMES);
    expect([...members(action, 'outputs').keys()]).toEqual(OUTCOMES_OUTPUT_NAMES);
  });

  test('describes each input and output in a sentence', () => {
    for (const each of [...members(action, 'inputs').values(), ...members(action, 'outputs').values()])
      expect(members(each).get('description')).toMatch(/^[A-Z].{15,}\.$/s);
  });

  test('runs the built file', () => {
    expect(members(action, 'runs')).toEqual(
      new Map([
        ['using', 'node24'],
        ['main', '../dist/outcomes.js'],
      ]),
    );
    expect(Object.keys(BUILT)).toContain('outcomes');
  });

  test('is given all of its inputs by outcomes.yml', () => {
    const workflow: unknown = parse(read('.github/workflows/outcomes.yml'));
    const step = members(workflow, 'jobs', 'report', 'steps', '0', 'with');
    expect([...step.keys()]).toEqual(OUTCOMES_INPUT_NAMES);
    expect([...members(workflow, 'on', 'workflow_call', 'inputs').keys()]).toEqual(
      OUTCOMES_INPUT_NAMES.filter((name) => name !== 'github-token'),
    );
  });
});
