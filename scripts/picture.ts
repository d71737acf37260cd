/**
 * Creates the pictures of the documentation from real runs of the built action against the simulator: an issue while the agent works, at
 * its end and after a question, and a second review, as GitHub shows them, for light and dark screens, and a recording of the log of the
 * README's step. Needs Chromium, and some six minutes.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { type GithubApi, startGithubApi } from '../simulator/github/api.ts';
import { CHANGED_AGAIN, CHANGED_FILES } from '../simulator/github/review-story.ts';
import type { ReviewView } from '../simulator/github/store.ts';
import { runAction, type RunEvent } from '../simulator/runner/runner.ts';
import type { ScenarioName } from '../simulator/server/scenarios.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/server/server.ts';
import { findChromium, photograph } from './chromium.ts';
import { issuePage, pageOf, reviewPage, THEMES } from './pages.ts';
import { recordingOf } from './recording.ts';

const PICTURES = join(import.meta.dirname, '../docs/pictures');
/** The width in CSS pixels. GitHub shows the pictures 800 pixels wide, so their texts are a bit larger than on its pages. */
const WIDTH = 720;
/** The address of OpenHands Cloud, which replaces the simulator's. The README says so. */
const CLOUD = 'https://app.all-hands.dev';
const ISSUE = { number: 1, title: 'The README is out of date' };
const PULL_REQUEST = { number: 7, title: 'Greet by name, and let the port be chosen' };

/** What people see of a run. */
interface Seen {
  readonly log: string;
  /** The texts of its comment, oldest first. */
  readonly comments: readonly string[];
  readonly review?: ReviewView | undefined;
}

/** Runs the action for an event. */
async function see(
  github: GithubApi,
  simulator: Simulator,
  inputs: Readonly<Record<string, string>>,
  event?: RunEvent,
): Promise<Seen> {
  const [earlier, texts] = [github.comments.map(({ id }) => id), new Set<string>()];
  const look = (): void => {
    const bodies = github.comments.flatMap((comment) => (earlier.includes(comment.id) ? [] : comment.bodies));
    for (const body of bodies) texts.add(body);
  };
  // At its end, a long run deletes its comment and writes a new one.
  const timer = setInterval(look, LOOK_MS);
  const run = await runAction({
    with: { 'api-key': 'sk-oh-picture', 'base-url': simulator.url, poll: 'true', ...inputs },
    ...(event && { event }),
    github: { api_url: github.url },
  });
  await run.dispose();
  clearInterval(timer);
  look();
  const asOnCloud = (text: string): string => text.replaceAll(simulator.url, CLOUD);
  const review = github.reviews.at(-1);
  return {
    log: asOnCloud(run.log),
    comments: [...texts].map(asOnCloud),
    review: review && { ...review, body: asOnCloud(review.body) },
  };
}

const LOOK_MS = 200;

/** Lets something happen on a simulated GitHub, with a simulated server. */
async function onStage<T>(
  options: SimulatorOptions,
  happens: (github: GithubApi, simulator: Simulator) => Promise<T>,
): Promise<T> {
  const [github, simulator] = [await startGithubApi(), await startSimulator(options)];
  try {
    return await happens(github, simulator);
  } finally {
    await simulator.close();
    await github.close();
  }
}

/** Runs the step of the README, and returns its log. */
async function seeReadme(): Promise<string> {
  const page = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const readme = page.slice(page.indexOf('\n## In a workflow of your own'));
  const inputs = Object.fromEntries(
    ['message', 'require-result', 'max-cost-usd'].map((name) => {
      const [, value] = new RegExp(`^ +${name}: (.+?)(?: # .*)?$`, 'm').exec(readme) ?? [];
      if (value === undefined) throw new Error(`the README has no step with ${name}`);
      return [name, value];
    }),
  );
  return onStage({ scenario: 'done' }, async (...stage) => (await see(...stage, inputs)).log);
}

/** An issue as people see it: while the agent works, at its end, and after a question. */
interface IssueSeen {
  readonly working: string;
  readonly ended: string;
  readonly answered: string;
}

/** So slow that the comment is edited a few times: its edits are half a minute apart. */
const SPEED = 0.1;
const QUESTION = 'The port has changed since. Compare the README with the code once more.';

/** Runs the action for an issue that somebody labels, and then asks about. */
async function seeIssue(): Promise<IssueSeen> {
  const common = { 'idempotency-key': 'issue-1', 'if-exists': 'send', comment: 'true', 'max-cost-usd': '5' };
  const asked = { command: '/agent', 'require-permission': 'none' };
  const template = { 'message-template': '{{ github.event.comment.body }}\nsimulate: finish' };
  const comment = { id: 1, body: `/agent ${QUESTION}`, user: { login: 'octocat', type: 'User' } };
  return onStage({ scenario: 'plan', speed: SPEED }, async (...stage) => {
    const first = await see(
      ...stage,
      { ...common, message: `Solve issue #${ISSUE.number}: ${ISSUE.title}` },
      { name: 'issues', payload: { action: 'labeled', issue: ISSUE } },
    );
    const second = await see(
      ...stage,
      { ...common, ...asked, ...template },
      { name: 'issue_comment', payload: { action: 'created', issue: ISSUE, comment } },
    );
    const working = first.comments.findLast((text) => text.includes('**Plan: '));
    const [ended, answered] = [first.comments.at(-1), second.comments.at(-1)];
    if (working === undefined || ended === undefined || answered === undefined)
      throw new Error('the action has not written each comment');
    return { working, ended, answered };
  });
}

/** Runs the action for a new pull request and for a push to it, and returns the second review. */
async function seeReview(): Promise<ReviewView> {
  return onStage({}, async (github, simulator) => {
    const seeAfter = async (
      scenario: ScenarioName,
      action: string,
      files: typeof CHANGED_FILES,
    ): Promise<Seen> => {
      github.push(PULL_REQUEST, { files });
      const event = { name: 'pull_request', payload: { action, pull_request: PULL_REQUEST } };
      const message = `Review it.\nsimulate: ${scenario}`;
      return see(github, simulator, { message, review: 'true' }, event);
    };
    await seeAfter('review', 'opened', CHANGED_FILES);
    const { review } = await seeAfter('second-review', 'synchronize', CHANGED_AGAIN);
    if (review === undefined) throw new Error('the action has posted no review');
    return review;
  });
}

function takePictures(chromium: string, contents: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(contents)) {
    for (const theme of THEMES) {
      const file = join(PICTURES, `${name}${theme === 'dark' ? '-dark' : ''}.png`);
      photograph(chromium, pageOf(theme, content), WIDTH, file);
      console.log(`${relative(process.cwd(), file)}: ${Math.ceil(statSync(file).size / 1024)} KiB`);
    }
  }
}

async function main(): Promise<void> {
  const chromium = findChromium();
  const [log, { working, ended, answered }, reviewed] = await Promise.all([
    seeReadme(),
    seeIssue(),
    seeReview(),
  ]);
  writeFileSync(join(PICTURES, 'log.svg'), recordingOf(log));
  takePictures(chromium, {
    working: issuePage(ISSUE, { comment: working }),
    comment: issuePage(ISSUE, { comment: ended }),
    'follow-up': issuePage(ISSUE, { asked: `/agent ${QUESTION}`, comment: answered }),
    review: reviewPage(PULL_REQUEST, reviewed, CHANGED_AGAIN),
  });
}

main().catch((error: unknown) => {
  console.error(`picture: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
