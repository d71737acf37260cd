import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { parseState, stateText } from '../../src/github/state.ts';
import type { Leftover } from '../../src/leftover.ts';

test.each<Leftover>([
  { step: 'over' },
  { step: 'asked', version: 'v1', id: '0a1b2c3d-0000-4000-8000-00000000cafe' },
  { step: 'pending', version: 'v1', task: 'abc', id: 'def' },
  { step: 'pending', version: 'v1', task: 'abc', id: 'def', keyed: true },
  { step: 'started', version: 'v0', id: 'abc' },
  { step: 'started', version: 'v1', id: 'abc', hasPendingWork: true, interruptedBy: 'deadline' },
  { step: 'started', version: 'v0', id: 'abc', chosen: 'def' },
  { step: 'unreported', version: 'v1', id: 'abc' },
  { step: 'unreported', version: 'v0', id: 'abc', chosen: 'def' },
  { step: 'announced', id: 'abc' },
])('%j is read as it was saved', (state) => {
  expect(parseState(stateText(state))).toEqual(state);
});

test.each([
  '',
  'null',
  '{',
  '{"step":"started"}',
  '{"step":"started","version":"v1","id":"../../settings"}',
  '{"step":"started","version":"v2","id":"abc"}',
  '{"step":"started","version":"v0","id":"abc","chosen":"-->"}',
  '{"step":"started","version":"v1","id":"abc","hasPendingWork":"yes"}',
  `{"step":"asked","version":"v1","id":"${'x'.repeat(65)}"}`,
])('%s is not a valid state, so there is nothing to do', (text) => {
  expect(parseState(text)).toEqual({ step: 'over' });
});

test('parsing never fails', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(parseState(text)).toHaveProperty('step');
    }),
  );
});
