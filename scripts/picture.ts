/**
 * Draws the picture of the README: the log of a real run of the built action against the simulator, as people see it.
 *
 *     npm run picture
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runAction } from '../simulator/runner.ts';
import { startSimulator } from '../simulator/server.ts';

const PICTURE = join(import.meta.dirname, '../docs/run.svg');
const LINE = 19;
const CHARACTER = 7.83;
const MARGIN = 16;

async function logOfARun(): Promise<readonly string[]> {
  const simulator = await startSimulator({ port: 3000 });
  try {
    const run = await runAction({
      with: {
        message: 'Check the README for wrong statements and send a pull request where it is wrong.',
        'api-key': 'sk-oh-picture',
        'base-url': simulator.url,
        poll: 'true',
      },
    });
    await run.dispose();
    return run.log.trimEnd().split('\n');
  } finally {
    await simulator.close();
  }
}

function styleOf(line: string): string {
  if (line.startsWith('Notice: ')) return 'notice';
  if (line.startsWith('Status: ') || line.startsWith('▼ ')) return 'strong';
  return line.startsWith('  |') ? 'answer' : 'plain';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function drawing(lines: readonly string[]): string {
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * CHARACTER) + 2 * MARGIN;
  const height = lines.length * LINE + 2 * MARGIN;
  const texts = lines.map((line, index) => {
    const y = MARGIN + index * LINE + 14;
    return `<text class="${styleOf(line)}" x="${MARGIN}" y="${y}" xml:space="preserve">${escaped(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The log of a step">
<style>
  rect { fill: #f6f8fa; stroke: #d1d9e0; }
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; }
  .notice { fill: #0969da; } .strong { font-weight: 600; } .answer { fill: #59636e; }
  @media (prefers-color-scheme: dark) {
    rect { fill: #151b23; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .notice { fill: #4493f8; } .answer { fill: #9198a1; }
  }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${texts.join('\n')}
</svg>
`;
}

writeFileSync(PICTURE, drawing(await logOfARun()));
console.log(`Drawn: ${PICTURE}`);
