/**
 * Creates the pictures of the documentation from a real run of the built action against the simulator: the summary and the
 * comment as GitHub shows them, for light and dark screens, and a recording of the log. Needs Chromium.
 *
 *     npm run picture
 *     npm run picture -- --scenario hostile --to /tmp/pictures
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { parse as markdown } from 'marked';

import { startGithubApi } from '../simulator/github-api.ts';
import { runAction } from '../simulator/runner.ts';
import { isScenarioName } from '../simulator/scenarios.ts';
import { startSimulator } from '../simulator/server.ts';
import { findChromium, photograph } from './chromium.ts';
import { recordingOf } from './recording.ts';

const PICTURES = join(import.meta.dirname, '../docs/pictures');
/** The width in CSS pixels: 1280 pixels in the file. */
const WIDTH = 800;
/** The address of OpenHands Cloud, which replaces the simulator's. */
const CLOUD = 'https://app.all-hands.dev';
const ISSUE = { number: 1, title: 'The README is out of date', body: 'It names the wrong port, for one.' };
const THEMES = ['light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** The texts of a run that people see. The comment is empty if there is none. */
interface Seen {
  readonly log: string;
  readonly summary: string;
  readonly comment: string;
}

/** Runs the action for an issue that somebody has labeled. */
async function see(scenario: string): Promise<Seen> {
  if (!isScenarioName(scenario)) throw new Error(`--scenario: there is no "${scenario}"`);
  const simulator = await startSimulator({ port: 3000, scenario });
  const github = await startGithubApi();
  try {
    const run = await runAction({
      with: {
        message: 'Check the README for wrong statements and send a pull request if it is wrong.',
        'api-key': 'sk-oh-picture',
        'base-url': simulator.url,
        comment: 'true',
        poll: 'true',
      },
      event: { name: 'issues', payload: { action: 'labeled', issue: ISSUE } },
      github: { api_url: github.url },
    });
    await run.dispose();
    const asOnCloud = (text: string): string => text.replaceAll(simulator.url, CLOUD);
    return {
      log: asOnCloud(run.log),
      summary: asOnCloud(run.summary),
      comment: asOnCloud(github.comments[0]?.body ?? ''),
    };
  } finally {
    await github.close();
    await simulator.close();
  }
}

/** The colors of GitHub's pages. Source: the variables of github-markdown-css. */
const COLORS: Readonly<Record<Theme, string>> = {
  light:
    '--page: #ffffff; --text: #1f2328; --muted: #59636e; --line: #d1d9e0; --head: #f6f8fa; --link: #0969da',
  dark: '--page: #0d1117; --text: #f0f6fc; --muted: #9198a1; --line: #3d444d; --head: #151b23; --link: #4493f8',
};
const STYLE = `
  body { margin: 0; padding: 8px; background: var(--page); color: var(--text); }
  .box { border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
  .head { padding: 8px 16px; background: var(--head); border-bottom: 1px solid var(--line); color: var(--muted);
    font: 14px/21px sans-serif; }
  .head b { color: var(--text); }
  .markdown-body { padding: 16px; }
  .issue { font: 600 26px/34px sans-serif; margin: 0 0 12px; }
  .issue span { color: var(--muted); font-weight: 400; }
  .event { margin: 14px 0 14px 28px; color: var(--muted); font: 14px/21px sans-serif; }
  .event b { color: var(--text); }
  .event i { padding: 2px 8px; border-radius: 1em; background: var(--link); color: var(--page); font-style: normal; font-weight: 600; font-size: 12px; }
  .eyes { display: inline-block; margin: 0 16px 12px; padding: 1px 8px; border: 1px solid var(--line); border-radius: 1em;
    color: var(--muted); font: 12px/22px sans-serif; }
`;

function page(theme: Theme, content: string): string {
  const sheet = createRequire(import.meta.url).resolve(`github-markdown-css/github-markdown-${theme}.css`);
  // The page loads nothing, whatever an agent wrote. The only script measures the height.
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  return `<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>:root { ${COLORS[theme]} }</style><style>${readFileSync(sheet, 'utf8')}</style><style>${STYLE}</style>
</head><body>${content}</body></html>`;
}

function box(content: string): string {
  return `<div class="box">${content}</div>`;
}

function markdownBox(head: string, text: string, foot = ''): string {
  const html = markdown(text, { gfm: true, async: false });
  return box(`<div class="head">${head}</div><div class="markdown-body">${html}</div>${foot}`);
}

/** Returns the page of an issue with the label that triggered the agent, and the agent's comment. */
function issuePage({ comment }: Seen): string {
  const { title, number, body } = ISSUE;
  return [
    `<div class="issue">${title} <span>#${number}</span></div>`,
    markdownBox('<b>octocat</b> opened', body, '<div class="eyes">👀 1</div>'),
    '<div class="event"><b>octocat</b> added the label <i>agent</i></div>',
    markdownBox('<b>github-actions</b> bot commented', comment),
  ].join('');
}

function takePictures(chromium: string, seen: Seen, folder: string): void {
  const contents = {
    summary: markdownBox('<b>Ask the agent</b> summary', seen.summary),
    comment: issuePage(seen),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'log.svg'), recordingOf(seen.log));
  for (const [name, content] of Object.entries(contents)) {
    for (const theme of THEMES) {
      const file = join(folder, `${name}${theme === 'dark' ? '-dark' : ''}.png`);
      photograph(chromium, page(theme, content), WIDTH, file);
      console.log(`${relative(process.cwd(), file)}: ${Math.ceil(statSync(file).size / 1024)} KiB`);
    }
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { scenario: { type: 'string', default: 'finish' }, to: { type: 'string', default: PICTURES } },
  });
  const chromium = findChromium();
  takePictures(chromium, await see(values.scenario), resolve(values.to));
}

main().catch((error: unknown) => {
  console.error(`picture: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
