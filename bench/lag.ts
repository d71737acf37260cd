import { worksFor } from '../simulator/server/scenario-parts.ts';
import { startSeconds } from '../simulator/server/story.ts';
import type { Change } from '../simulator/server/timeline.ts';
import { APP_SERVER_ALONE, play, type StepRun } from '../testbed/play.ts';

/** The delay of each answer. */
const TRIP_MS = 300;
const RUNS = 15;
/** How long agents work. `most`: how many requests are the goal, if an agent server pushes events and if the step polls. */
const LENGTHS = [
  { name: '5 s', seconds: 5 },
  { name: '2 min', seconds: 120 },
  { name: '20 min', seconds: 1_200, most: { pushed: 25, polled: 110 } },
  { name: '2 h', seconds: 7_200, most: { pushed: 60, polled: 330 } },
];
const SLOW = { answer: { kind: 'slow', seconds: TRIP_MS / 1000 } } as const;
/** The app server gets the last events at once if they complete a batch of five, otherwise half a minute later. */
const BATCH = 5;
const PRINTS: Change = { at: 1, happening: { kind: 'command-result', command: 'ls', text: 'README.md' } };

/** What a wait has cost. */
interface Waited {
  /** The seconds from the end of the agent to the end of the step. */
  readonly lag: number;
  /** The number of requests to all servers, without the one that opens the socket. */
  readonly requests: number;
}

/** Measures and prints how soon a step ends after its agent, in simulated time. */
export async function printLags(): Promise<void> {
  console.log(
    `From the end of the agent to the end of the step, with answers after ${TRIP_MS} ms, the worst of ${RUNS} runs with a simulated clock:`,
  );
  for (const { name, seconds, most } of LENGTHS) {
    const pushed = await worstOf(seconds, {});
    const polled = await worstOf(seconds, APP_SERVER_ALONE);
    console.log(
      `  agent of ${name.padStart(6)}: pushed ${format(pushed, most?.pushed)} (goal: 0.7 s); ` +
        `polled ${format(polled, most?.polled)} (goal: 47 s); ${(polled.lag / pushed.lag).toFixed(0)} times as soon`,
    );
  }
}

function format({ lag, requests }: Waited, most?: number): string {
  const goal = most === undefined ? '' : ` of at most ${most}`;
  return `${lag.toFixed(1).padStart(4)} s, ${String(requests).padStart(3)} requests${goal}`;
}

async function worstOf(seconds: number, simulator: { readonly agentServers?: string }): Promise<Waited> {
  const all: Waited[] = [];
  for (let run = 0; run < RUNS; run += 1) all.push(await wait(seconds, run % BATCH, simulator));
  return {
    lag: Math.max(...all.map(({ lag }) => lag)),
    requests: Math.max(...all.map(({ requests }) => requests)),
  };
}

/**
 * Plays a conversation, and returns what the wait for its end has cost.
 *
 * @param more the number of additional events: it decides how many events the last batch has.
 */
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
