import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { parseState, stateText, type UnfinishedWork } from '../../src/port/unfinished.ts';

test.each<UnfinishedWork>([
  { kind: 'over' },
  { kind: 'asked', version: 'v1', id: '0a1b2c3d-0000-4000-8000-00000000cafe' },
  { kind: 'pending', version: 'v1', task: 'abc', id: 'def', stepTag: 'ghi' },
  {
    kind: 'started',
    version: 'v1',
    id: 'abc',
    pendingWork: 'later',
    left: { why: 'deadline', said: 'paused' },
  },
  { kind: 'started', version: 'v0', id: 'abc', marker: 'def' },
  { kind: 'unreported', version: 'v0', id: 'abc', marker: 'def' },
  { kind: 'announced', marker: 'abc' },
])('the unfinished work %j is read as it was saved', (state) => {
  expect(parseState(stateText(state))).toEqual(state);
});

test.each([
  '',
  'null',
  '{',
  '{"kind":"started"}',
  '{"kind":"started","version":"v1","id":"../../settings"}',
  '{"kind":"started","version":"v2","id":"abc"}',
  '{"kind":"started","version":"v0","id":"abc","marker":"-->"}',
  '{"kind":"started","version":"v1","id":"abc","pendingWork":"yes"}',
  '{"kind":"started","version":"v1","id":"abc","left":{"why":"whim"}}',
  `{"kind":"asked","version":"v1","id":"${'x'.repeat(65)}"}`,
])('%s is no state that the action has saved, so there is nothing to do', (text) => {
  expect(parseState(text)).toEqual({ kind: 'over' });
});

test('a state is read without an error, whatever it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(parseState(text)).toHaveProperty('kind');
    }),
  );
});
