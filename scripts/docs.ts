/**
 * Writes into the README what stands elsewhere, the tables of inputs and outputs from `action.yml` and the recipes from
 * `examples/`, or checks that it is the same.
 *
 *     node scripts/docs.ts          write
 *     node scripts/docs.ts --check  compare; exit code 1 where they differ
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const README = join(root, 'README.md');

type Row = readonly string[];

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The members of a mapping in a YAML document, each a mapping itself, in the order in which they stand. */
function membersOf(
  document: unknown,
  name: string,
): readonly (readonly [string, ReadonlyMap<string, unknown>])[] {
  const members = asMap(asMap(document).get(name));
  return [...members].map(([key, value]) => [key, asMap(value)] as const);
}

function asMap(value: unknown): ReadonlyMap<string, unknown> {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map();
}

function cell(value: unknown): string {
  return typeof value === 'string' ? value.trim().replaceAll('|', '\\|').replaceAll('\n', ' ') : '';
}

function inputsTable(action: unknown): string {
  const rows = membersOf(action, 'inputs').map(([name, input]) => {
    const standard = cell(input.get('default'));
    const shown = input.get('required') === true ? '**required**' : standard === '' ? '' : `\`${standard}\``;
    return [`\`${name}\``, shown, cell(input.get('description'))];
  });
  return table(['Input', 'Default', 'Meaning'], rows);
}

function outputsTable(action: unknown): string {
  const rows = membersOf(action, 'outputs').map(([name, output]) => [
    `\`${name}\``,
    cell(output.get('description')),
  ]);
  return table(['Output', 'Value'], rows);
}

/** A workflow of `examples/`, without the comment on top of it, which tells what the README tells before it. */
function recipe(name: string): string {
  const workflow = readFileSync(join(root, 'examples', name), 'utf8');
  return `\`\`\`yaml\n${workflow.slice(workflow.search(/^[^#\n]/m)).trimEnd()}\n\`\`\``;
}

/** The text with what stands between the two comments about `source` replaced. */
function filled(text: string, source: string, content: string): string {
  const [begin, end] = [`<!-- ${source}: written by npm run docs -->`, `<!-- end of ${source} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md lacks the comments around ${source}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

const action: unknown = parse(readFileSync(join(root, 'action.yml'), 'utf8'));
const sources: readonly (readonly [string, string])[] = [
  ['inputs of action.yml', inputsTable(action)],
  ['outputs of action.yml', outputsTable(action)],
  ...readdirSync(join(root, 'examples')).map((name) => [`examples/${name}`, recipe(name)] as const),
];
const before = readFileSync(README, 'utf8');
const written = sources.reduce((text, [source, content]) => filled(text, source, content), before);
const after = await format(written, { ...(await resolveConfig(README)), filepath: README });
if (!process.argv.includes('--check')) {
  writeFileSync(README, after);
} else if (before === after) {
  console.log('The tables and recipes of README.md are those of action.yml and examples/.');
} else {
  console.error(
    'The tables or recipes of README.md are not those of action.yml and examples/. Run: npm run docs',
  );
  process.exitCode = 1;
}
