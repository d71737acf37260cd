import { describe, expect, test } from '@jest/globals';

import { isAtWork, play } from '../support/play.ts';
import { casesOf, happen, REQUESTS } from './matrix.ts';

/** `npm run faults` prints the same as a table. */
describe.each(REQUESTS.map((request) => [request.version, request.phase, request.name, request] as const))(
  '%s, %s: %s',
  (_version, _phase, _name, request) => {
    test.each(casesOf(request).map((each) => [each.fault.name, each.rule.status, each] as const))(
      '%s: %s',
      async (_fault, _status, each) => {
        expect((await happen(each)).wrong).toEqual([]);
      },
    );
  },
);

describe.each([
  ['v1', '/api/v1/sandboxes/*/pause'],
  ['v0', '/api/conversations/*/stop'],
] as const)('%s: a deadline with stop-on-timeout', (version, path) => {
  test.each(['true', 'false'])(
    'stops the agent although the first try is lost, with stop-on-cancel: %s',
    async (stopOnCancel) => {
      const { outcome, left } = await play(
        'forever',
        version,
        { 'timeout-seconds': '60', 'stop-on-timeout': 'true', 'stop-on-cancel': stopOnCancel },
        [{ method: 'POST', path, answer: { kind: 'reset' } }],
      );
      expect(outcome.status).toBe('timed-out');
      expect(left.filter(isAtWork)).toEqual([]);
    },
  );
});
