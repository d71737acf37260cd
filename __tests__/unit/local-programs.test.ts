import { describe, expect, test } from '@jest/globals';

import { lastLines, run } from '../../local/src/programs.ts';

describe('the reason of a failed program', () => {
  test('names a program that is not installed', async () => {
    const ended = await run('no-such-program', []);
    expect(ended.code).toBeNull();
    expect(lastLines(ended)).toBe('no-such-program is not installed');
  });

  test('is the last output of the program', () => {
    expect(lastLines({ code: 1, stdout: 'a\n', stderr: 'b\n\n  c\nd\n' })).toBe('b c d');
    expect(lastLines({ code: 1, stdout: '', stderr: ' \n' })).toBe('it printed nothing');
  });

  // As pip 24 prints it.
  test.each([
    [
      `'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7fc0964ec9d0>: Failed to establish a new connection: [Errno 111] Connection refused')'`,
      'Failed to establish a new connection: [Errno 111] Connection refused;',
    ],
    [
      `'ReadTimeoutError("HTTPSConnectionPool(host='pypi.org', port=443): Read timed out. (read timeout=15)")'`,
      "HTTPSConnectionPool(host='pypi.org', port=443): Read timed out. (read timeout=15);",
    ],
  ])('is the bare reason of pip for %s', (broken, reason) => {
    const retry = 'Retry(total=0, connect=None, read=None, redirect=None, status=None)';
    const stderr = `WARNING: Retrying (${retry}) after connection broken by ${broken}: /simple/uv/\nERROR: No matching distribution found for uv==0.1\n`;
    expect(lastLines({ code: 1, stdout: '', stderr })).toBe(
      `${reason} ERROR: No matching distribution found for uv==0.1`,
    );
  });
});
