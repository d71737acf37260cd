/**
 * Takes the pictures of the documentation, each for light and for dark screens: the log, the summary and the comment of a
 * real run of the built action against the simulator, as people see them on GitHub. It needs Chromium.
 *
 *     npm run picture
 *     npm run picture -- --scenario hostile --to /tmp/pictures
 */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { parse as markdown } from 'marked';

import { startGithubApi } from '../simulator/github-api.ts';
import { runAction } from '../simulator/runner.ts';
import { isScenarioName } from '../simulator/scenarios.ts';
import { startSimulator } from '../simulator/server.ts';
import { findChromium, photograph } from './chromium.ts';

const PICTURES = join(import.meta.dirname, '../docs/pictures');
/** In CSS pixels; about what a page of GitHub gives a picture. */
const WIDTH = 860;
const THEMES = ['light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** What people see of a run. The comment is empty if there is none. */
interface Seen {
  readonly log: string;
  readonly summary: string;
  readonly comment: string;
}

/** Somebody labels an issue, and the agent works on it. */
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
      event: { name: 'issues', payload: { action: 'labeled', issue: { number: 1 } } },
      github: { api_url: github.url },
    });
    await run.dispose();
    return { log: run.log, summary: run.summary, comment: github.comments[0]?.body ?? '' };
  } finally {
    await github.close();
    await simulator.close();
  }
}

/** The colors of GitHub's pages. Source: the variables of github-markdown-css. */
const COLORS: Readonly<Record<Theme, string>> = {
  light:
    '--page: #ffffff; --text: #1f2328; --muted: #59636e; --line: #d1d9e0; --head: #f6f8fa; --link: #0969da; --wrong: #d1242f; --warn: #9a6700',
  dark: '--page: #0d1117; --text: #f0f6fc; --muted: #9198a1; --line: #3d444d; --head: #151b23; --link: #4493f8; --wrong: #f85149; --warn: #d29922',
};
const STYLE = `
  body { margin: 0; padding: 8px; background: var(--page); color: var(--text); }
  .box { border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
  .head { padding: 8px 16px; background: var(--head); border-bottom: 1px solid var(--line); color: var(--muted);
    font: 14px/21px sans-serif; }
  .head b { color: var(--text); }
  .markdown-body { padding: 16px; }
  .log { padding: 12px 16px; background: var(--head); font: 12px/20px ui-monospace, monospace; white-space: pre-wrap; }
  .notice { color: var(--link); } .warning { color: var(--warn); } .error { color: var(--wrong); }
  .strong { font-weight: 600; } .answer { color: var(--muted); }
`;

function page(theme: Theme, content: string): string {
  const sheet = createRequire(import.meta.url).resolve(`github-markdown-css/github-markdown-${theme}.css`);
  // Whatever an agent wrote, nothing is loaded from anywhere; the one script is that which measures.
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  return `<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>:root { ${COLORS[theme]} }</style><style>${readFileSync(sheet, 'utf8')}</style><style>${STYLE}</style>
</head><body><div class="box">${content}</div></body></html>`;
}

function logPage({ log }: Seen): string {
  const lines = log.trimEnd().split('\n');
  return `<div class="log">${lines.map((line) => `<div class="${styleOf(line)}">${escaped(line)}</div>`).join('')}</div>`;
}

function styleOf(line: string): string {
  const [, kind] = /^(Notice|Warning|Error): /.exec(line) ?? [];
  if (kind !== undefined) return kind.toLowerCase();
  if (line.startsWith('Status: ') || line.startsWith('▼ ')) return 'strong';
  return line.startsWith('  |') ? 'answer' : 'plain';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function markdownPage(head: string, text: string): string {
  const html = markdown(text, { gfm: true, async: false });
  return `<div class="head">${head}</div><div class="markdown-body">${html}</div>`;
}

function takePictures(chromium: string, seen: Seen, folder: string): void {
  const contents = {
    log: logPage(seen),
    summary: markdownPage('<b>Ask the agent</b> summary', seen.summary),
    comment: markdownPage('<b>github-actions</b> bot commented', seen.comment),
  };
  mkdirSync(folder, { recursive: true });
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
