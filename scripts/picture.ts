/**
 * Creates the pictures of the documentation from real runs of the built action against the simulator: the summary of the README's step,
 * a comment and a second review as GitHub shows them, for light and dark screens, and a recording of that step's log. Needs
 * Chromium.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { type GithubApi, startGithubApi } from '../simulator/github/api.ts';
import { CHANGED_AGAIN, CHANGED_FILES } from '../simulator/github/review-story.ts';
import type { ReviewView } from '../simulator/github/store.ts';
import { runAction, type RunEvent } from '../simulator/runner/runner.ts';
import type { ScenarioName } from '../simulator/server/scenarios.ts';
import { startSimulator } from '../simulator/server/server.ts';
import { findChromium, photograph } from './chromium.ts';
import { issuePage, pageOf, reviewPage, summaryPage, THEMES } from './pages.ts';
import { recordingOf } from './recording.ts';

const PICTURES = join(import.meta.dirname, '../docs/pictures');
/** The width in CSS pixels. GitHub shows the pictures 800 pixels wide, so their texts are a bit larger than on its pages. */
const WIDTH = 720;
/** The address of OpenHands Cloud, which replaces the simulator's. The README says so. */
const CLOUD = 'https://app.all-hands.dev';
const ISSUE = { number: 1, title: 'The README is out of date' };
const PULL_REQUEST = { number: 7, title: 'Greet by name, and let the port be chosen' };

/** The texts of a run that people see. The comment is empty if there is none. */
interface Seen {
  readonly log: string;
  readonly summary: string;
  readonly comment: string;
  readonly review?: ReviewView | undefined;
}

/** Runs the action for an event. */
async function see(
  github: GithubApi,
  scenario: ScenarioName,
  inputs: Readonly<Record<string, string>>,
  event?: RunEvent,
): Promise<Seen> {
  const simulator = await startSimulator({ scenario });
  try {
    const run = await runAction({
      with: { 'api-key': 'sk-oh-picture', 'base-url': simulator.url, poll: 'true', ...inputs },
      ...(event && { event }),
      github: { api_url: github.url },
    });
    await run.dispose();
    const asOnCloud = (text: string): string => text.replaceAll(simulator.url, CLOUD);
    const review = github.reviews.at(-1);
    return {
      log: asOnCloud(run.log),
      summary: asOnCloud(run.summary),
      comment: asOnCloud(github.comments[0]?.body ?? ''),
      review: review && { ...review, body: asOnCloud(review.body) },
    };
  } finally {
    await simulator.close();
  }
}

/** Lets something happen on a simulated GitHub. */
async function onGithub<T>(happens: (github: GithubApi) => Promise<T>): Promise<T> {
  const github = await startGithubApi();
  try {
    return await happens(github);
  } finally {
    await github.close();
  }
}

/** Runs the step of the README. */
async function seeStep(): Promise<Seen> {
  const page = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const readme = page.slice(page.indexOf('\n## In a workflow of your own'));
  const inputs = Object.fromEntries(
    ['message', 'require-result', 'max-cost-usd'].map((name) => {
      const [, value] = new RegExp(`^ +${name}: (.+?)(?: # .*)?$`, 'm').exec(readme) ?? [];
      if (value === undefined) throw new Error(`the README has no step with ${name}`);
      return [name, value];
    }),
  );
  return onGithub(async (github) => see(github, 'done', inputs));
}

/** Runs the action for an issue that somebody has labeled. */
async function seeIssue(): Promise<Seen> {
  const message = `Solve issue #${ISSUE.number}: ${ISSUE.title}`;
  const event = { name: 'issues', payload: { action: 'labeled', issue: ISSUE } };
  return onGithub(async (github) => see(github, 'finish', { message, comment: 'true' }, event));
}

/** Runs the action for a new pull request and for a push to it, and returns the second review. */
async function seeReview(): Promise<ReviewView> {
  return onGithub(async (github) => {
    const seeAfter = async (
      scenario: ScenarioName,
      action: string,
      files: typeof CHANGED_FILES,
    ): Promise<Seen> => {
      github.push(PULL_REQUEST, { files });
      const event = { name: 'pull_request', payload: { action, pull_request: PULL_REQUEST } };
      return see(github, scenario, { message: 'Review it.', review: 'true' }, event);
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
  const { log, summary } = await seeStep();
  const { comment } = await seeIssue();
  const review = reviewPage(PULL_REQUEST, await seeReview(), CHANGED_AGAIN);
  writeFileSync(join(PICTURES, 'log.svg'), recordingOf(log));
  takePictures(chromium, { summary: summaryPage(summary), comment: issuePage(ISSUE, comment), review });
}

main().catch((error: unknown) => {
  console.error(`picture: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
