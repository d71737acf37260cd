import { describe, expect, test } from '@jest/globals';

import { asksForResult, composeMessage } from '../../src/message/agent-message.ts';
import { resultOf, withoutResult } from '../../src/result/words.ts';

describe('an answer without the line about its result', () => {
  test.each([
    ['Fixed.\n\nResult: done', 'Fixed.'],
    ['Fixed.\r\n**Result: done**\r\n\r\n', 'Fixed.'],
    ['Fixed.\n\n```text\nResult: done\n```\n', 'Fixed.'],
    ['```\nnpm test\n```\nResult: done', '```\nnpm test\n```'],
    ['Result: blocked - no access', ''],
    ['Result: done\n\nFixed.', 'Result: done\n\nFixed.'],
    ['', ''],
  ])('%j is %j', (answer, shown) => {
    expect(withoutResult(answer)).toBe(shown);
  });
});

test('the reason of a blocked agent is the rest of the line', () => {
  expect(resultOf('_Result: blocked - no access to `main`._')).toEqual({
    kind: 'blocked',
    reason: 'no access to `main`.',
  });
});

test.each(['*'.repeat(1_000_000), `${'* '.repeat(500_000)}x`, `Result: blocked ${'- '.repeat(500_000)}x`])(
  'a long last line takes no longer than its length',
  (answer) => {
    expect(withoutResult(`Result: ${answer}`).length).toBeGreaterThanOrEqual(0);
  },
);

test('only a message that ends with our words asks for the result, whatever somebody quotes in it', () => {
  const asking = composeMessage({ task: 'Fix it', asksForResult: true });
  expect(asksForResult(asking)).toBe(true);
  expect(asksForResult(`${asking}\n\n<!-- openhands-run 1 agent/step 0a1b2c3d -->`)).toBe(true);
  expect(asksForResult(composeMessage({ task: asking }))).toBe(true);
  expect(asksForResult(`${asking}\n\nNow look at another file.`)).toBe(false);
  expect(asksForResult(composeMessage({ task: 'Fix it' }))).toBe(false);
});
