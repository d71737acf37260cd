import { execFile } from 'node:child_process';

import { expect, test } from '@jest/globals';

/** Makes Node look like an old one, also in what it lacks. */
const OLD = `data:text/javascript,
  delete RegExp.escape;
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;

test('a Node that is too old is reported with what to do', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(process.execPath, ['--import', OLD, 'dist/main.js'], { env: {} }, (error, stdout, stderr) => {
    resolve(`${error?.code} ${stdout}${stderr}`);
  });
  expect(await promise).toMatch(
    /^1 [^]*::error::failed to run on Node 20\.20\.2: the action needs Node 24\. What to do: .*\n$/,
  );
});
