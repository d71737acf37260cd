import { expect, test } from '@jest/globals';

import { endsWithMark, markOf, withMark } from '../../src/conversation/mark.ts';

const MARK = markOf(['1658821493', 'agent', '__run_2'], false, 'Fix it');

test('a mark is a comment that names run, job, step and what is asked for, and no attempt', () => {
  expect(MARK).toEqual({
    text: '<!-- openhands-run 1658821493 agent/__run_2 8c6c8d92 -->',
    mayBeSent: true,
  });
  expect(markOf(['1658821493', 'agent', '__run_2'], true, 'Fix it')).toEqual({ ...MARK, mayBeSent: false });
});

test('no name of a job or a step ends the comment', () => {
  expect(markOf(['1', 'a-->b\n', 'ü'], true, '').text).toMatch(
    /^<!-- openhands-run 1 a--_b_\/_ [0-9a-f]{8} -->$/,
  );
});

test('the jobs of a matrix that ask for different things have different marks', () => {
  const markFor = (asked: string): string => markOf(['1', 'agent', 'ask'], true, asked).text;
  expect(markFor('Test on Linux')).not.toBe(markFor('Test on Windows'));
});

test('without a run there is no earlier attempt', () => {
  expect(markOf(['', 'agent', 'ask'], false, '').mayBeSent).toBe(false);
});

test('a message ends in its mark, on a line of its own, and a mark in its midst is none', () => {
  expect(withMark('Fix it', MARK)).toBe(`Fix it\n\n${MARK.text}`);
  expect(withMark('Fix it\n', MARK)).toBe(`Fix it\n\n${MARK.text}`);
  expect(endsWithMark(withMark('Fix it', MARK), MARK)).toBe(true);
  expect(endsWithMark(`${MARK.text}\n`, MARK)).toBe(true);
  expect(endsWithMark(`${MARK.text}\nFix it`, MARK)).toBe(false);
  expect(endsWithMark(withMark('Fix it', markOf(['1', 'agent', '__run_2'], true, 'Fix it')), MARK)).toBe(
    false,
  );
  expect(endsWithMark(undefined, MARK)).toBe(false);
});
