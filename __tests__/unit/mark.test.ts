import { expect, test } from '@jest/globals';

import { endsWithMark } from '../../src/conversation/key.ts';
import { composeMessage, markOf } from '../../src/message/agent-message.ts';

const MARK = markOf(['1658821493', 'agent', '__run_2'], false, 'Fix it');

test('a mark is a comment that names the run, job, step and request, but not the attempt', () => {
  expect(MARK).toEqual({
    text: '<!-- openhands-run 1658821493 agent/__run_2 8c6c8d92 -->',
    mayBeSent: true,
  });
  expect(markOf(['1658821493', 'agent', '__run_2'], true, 'Fix it')).toEqual({ ...MARK, mayBeSent: false });
});

test('no name of a job or step can end the comment', () => {
  expect(markOf(['1', 'a-->b\n', 'ü'], true, '').text).toMatch(
    /^<!-- openhands-run 1 a--_b_\/_ [0-9a-f]{8} -->$/,
  );
});

test('jobs of a matrix with different requests have different marks', () => {
  const markFor = (request: string): string => markOf(['1', 'agent', 'ask'], true, request).text;
  expect(markFor('Test on Linux')).not.toBe(markFor('Test on Windows'));
});

test('without a run there is no earlier attempt', () => {
  expect(markOf(['', 'agent', 'ask'], false, '').mayBeSent).toBe(false);
});

test('a mark is the last line of its message, and elsewhere it does not count', () => {
  const marked = composeMessage({ task: 'Fix it', mark: MARK });
  expect(marked).toBe(`Fix it\n\n${MARK.text}`);
  expect(composeMessage({ task: 'Fix it\n', mark: MARK })).toBe(marked);
  expect(endsWithMark(marked, MARK)).toBe(true);
  expect(endsWithMark(`${MARK.text}\n`, MARK)).toBe(true);
  expect(endsWithMark(`${MARK.text}\nFix it`, MARK)).toBe(false);
  expect(endsWithMark(marked, markOf(['1', 'agent', '__run_2'], true, 'Fix it'))).toBe(false);
  expect(endsWithMark(undefined, MARK)).toBe(false);
});
