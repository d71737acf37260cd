import { expect, jest, test } from '@jest/globals';

import { main } from '../../src/action.ts';

test('a Node that is too old is reported with what to do', async () => {
  let written = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => (written += String(text)) !== '');
  const { exitCode, versions } = process;
  Object.defineProperty(process, 'versions', { value: { ...versions, node: '20.20.2' } });
  await main();
  process.exitCode = exitCode;
  expect(written).toMatch(
    /::error::failed to run on Node 20\.20\.2: the action needs Node 24\. What to do: /,
  );
});
