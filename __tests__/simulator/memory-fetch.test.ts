import { expect, test } from '@jest/globals';

import { memoryFetch } from '../../simulator/memory-fetch.ts';
import { startSimulator } from '../../simulator/server/server.ts';

test('an abort while the body of a request is read ends the request', async () => {
  const simulator = await startSimulator({
    faults: [{ path: '*', times: Infinity, answer: { kind: 'hang' } }],
  });
  const cancel = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      cancel.abort(new Error('canceled'));
      controller.enqueue(Buffer.from('{}'));
      controller.close();
    },
  });
  const options = { method: 'POST', body, duplex: 'half', signal: cancel.signal } as const;
  await expect(memoryFetch(`${simulator.url}/api/v1/app-conversations`, options)).rejects.toThrow('canceled');
  await simulator.close();
});
