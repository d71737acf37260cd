import { expect, test } from '@jest/globals';

import { isLoopback, isLoopbackUrl } from '../../src/http/address.ts';

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.10.200.255', true],
  ['[::1]', true],
  ['a.localhost', false],
  ['localhost.test', false],
  ['127.0.0', false],
  ['127.0.0.1.test', false],
  ['1.127.0.0.1', false],
  ['128.0.0.1', false],
  ['10.0.0.1', false],
  ['[::2]', false],
])('the host %s is the machine itself: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  ['http://localhost:3000/path', true],
  ['http://127.0.0.1', true],
  ['http://[::1]:3000', true],
  ['https://openhands.test', false],
  ['http://127.0.0.1.test/127.0.0.1', false],
])('the URL %s is on the machine itself: %s', (url, expected) => {
  expect(isLoopbackUrl(url)).toBe(expected);
});
