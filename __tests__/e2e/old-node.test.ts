import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

/** Makes Node look like an old one, also in what it lacks. */
const OLD = `data:text/javascript,
  delete RegExp.escape;
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`;

test('a Node that is too old is reported with what to do, and has a failure kind', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const folder = await mkdtemp(join(tmpdir(), 'old-node-'));
  const outputs = join(folder, 'outputs');
  await writeFile(outputs, '');
  const env = { GITHUB_OUTPUT: outputs };
  execFile(process.execPath, ['--import', OLD, 'dist/main.js'], { env }, (error, stdout, stderr) => {
    resolve(`${error?.code} ${stdout}${stderr}`);
  });
  expect(await promise).toMatch(
    /^1 [^]*::error::failed to run on Node 20\.20\.2: the action needs Node 24\. What to do: .*\n$/,
  );
  const written = await readFile(outputs, 'utf8');
  await rm(folder, { recursive: true });
  expect(written).toMatch(/^status<<(\S+)\nstart-failed\n\1\nfailure-kind<<(\S+)\nunknown\n\2\n$/);
});
