import { waitForStatus } from '../agent-servers.ts';
import { startSilencing } from '../silence.ts';
import { act, asking, assertFailure, type Scenario, type Stage } from '../stage.ts';

/** The scenarios for an agent server that is slow to answer, such as one that has too much to do. */
export const SCENARIOS_SLOW: readonly Scenario[] = [
  { name: 'a server that answers 12 s late: its agent is paused at the deadline', run: testDeadline },
  { name: 'a server that answers 12 s late: its agent is paused after a cancel', run: testCancel },
];

/** Longer than the look of a stop waits. */
const LATE_MS = 12_000;

async function testDeadline(stage: Stage): Promise<void> {
  const proxy = await startSilencing(stage.open.url, () => false, LATE_MS);
  try {
    const server = { ...stage.open, url: `http://127.0.0.1:${proxy.port}` };
    const inputs = { ...asking('long'), poll: 'true', 'timeout-seconds': '50' };
    const run = await act(stage, server, inputs);
    assertFailure(run, 'timed-out', /the agent was paused/);
    await waitForStatus(stage.open, run, 'paused');
  } finally {
    await proxy.close();
  }
}

async function testCancel(stage: Stage): Promise<void> {
  const proxy = await startSilencing(stage.open.url, () => false, LATE_MS);
  try {
    const server = { ...stage.open, url: `http://127.0.0.1:${proxy.port}` };
    const after = (log: string): boolean => log.includes('Agent running');
    const inputs = { ...asking('long'), poll: 'true' };
    const run = await act(stage, server, inputs, { signal: { after, send: 'SIGINT' } });
    assertFailure(run, 'cancelled', /the step was canceled/);
    await waitForStatus(stage.open, run, 'paused');
  } finally {
    await proxy.close();
  }
}
