import { APP_SERVER_ALONE, play, type StepRun } from '../__tests__/support/play.ts';
import { startSeconds, worksFor } from '../simulator/scenarios.ts';
import type { Change } from '../simulator/timeline.ts';
import { TRIP_MS } from './link.ts';

const RUNS = 15;
const LENGTHS = [
  { name: '5 s', seconds: 5 },
  { name: '2 min', seconds: 120 },
  { name: '20 min', seconds: 1_200, mostRequests: 40 },
  { name: '2 h', seconds: 7_200, mostRequests: 150 },
];
const SLOW = { answer: { kind: 'slow', seconds: TRIP_MS / 1000 } } as const;
/** The app server gets the last events immediately if they complete a batch of five, otherwise half a minute later. */
const LOT = 5;
const PRINTS: Change = { at: 1, happening: { kind: 'command-result', command: 'ls', text: 'README.md' } };

interface Waited {
  /** The seconds from the end of the agent to the end of the step. */
  readonly lag: number;
  /** The number of requests to all servers, without the one that opens the socket. */
  readonly requests: number;
}

/** Prints how soon a step ends after its agent, in simulated time: with a reachable agent server, and without. */
export async function printLags(): Promise<void> {
  console.log(
    `From the end of the agent to the end of the step, with answers after ${TRIP_MS} ms, the worst of ${RUNS} runs with a simulated clock:`,
  );
  for (const { name, seconds, mostRequests } of LENGTHS) {
    const pushed = await worstOf(seconds, {});
    const polled = await worstOf(seconds, APP_SERVER_ALONE);
    const goal = `under 2 s${mostRequests === undefined ? '' : `, at most ${mostRequests} requests`}`;
    console.log(
      `  agent of ${name.padStart(6)}: pushed ${formatted(pushed)} (goal: ${goal}); ` +
        `polled ${formatted(polled)} (goal: at most 47 s); ${(polled.lag / pushed.lag).toFixed(0)} times as soon`,
    );
  }
}

function formatted({ lag, requests }: Waited): string {
  return `${lag.toFixed(1).padStart(4)} s, ${String(requests).padStart(3)} requests`;
}

async function worstOf(seconds: number, simulator: { readonly agentServers?: string }): Promise<Waited> {
  const all: Waited[] = [];
  for (let run = 0; run < RUNS; run += 1) all.push(await wait(seconds, run % LOT, simulator));
  return {
    lag: Math.max(...all.map(({ lag }) => lag)),
    requests: Math.max(...all.map(({ requests }) => requests)),
  };
}

/** @param more the number of additional events. */
async function wait(
  seconds: number,
  more: number,
  simulator: { readonly agentServers?: string },
): Promise<Waited> {
  const usual = worksFor(seconds);
  const scenario = { ...usual, work: [...Array.from({ length: more }, () => PRINTS), ...usual.work] };
  const ran = await play(scenario, 'v1', { 'timeout-seconds': '21600' }, [], {
    random: Math.random,
    mishapOf: () => SLOW,
    simulator,
  });
  if (ran.outcome.status !== 'finished') throw new Error(`the step ended as ${ran.outcome.status}`);
  const endedAt = startedAt(ran) + startSeconds(scenario) + seconds;
  return { lag: ran.seconds - endedAt, requests: ran.requests.length };
}

/** Returns when the step asked for the conversation, in seconds since its start. */
function startedAt({ requests }: StepRun): number {
  return requests.find(({ method }) => method === 'POST')?.at ?? Number.NaN;
}
