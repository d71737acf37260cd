/**
 * Updates the generated parts of the documentation: the tables of inputs and outputs from `action.yml`, and the recipes from
 * `examples/`. Or checks that they are up to date, and that no link within the project is broken.
 *
 *     node scripts/docs.ts          write
 *     node scripts/docs.ts --check  compare; exit code 1 if they differ
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

import { brokenLinks } from './links.ts';

const ROOT = join(import.meta.dirname, '..');
const IN_README = ['examples/assistant.yml'];
/** The recipes that their page shows in full. It links to the files of the others. */
const IN_FULL = ['assistant', 'issue-label', 'issue-comment', 'pull-request-review', 'local'].map(
  (name) => `examples/${name}.yml`,
);
const LINKED = ['*.md', 'docs/**/*.md', '.github/*.md'];

type Row = readonly string[];
type Member = readonly [name: string, content: ReadonlyMap<string, unknown>];

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Returns the members of a mapping in a YAML document, each a mapping itself, in their order. */
function membersOf(document: unknown, name: string): readonly Member[] {
  const members = asMap(asMap(document).get(name));
  return [...members].map(([key, value]) => [key, asMap(value)] as const);
}

function asMap(value: unknown): ReadonlyMap<string, unknown> {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : new Map();
}

function cell(value: unknown): string {
  return typeof value === 'string' ? value.trim().replaceAll('|', '\\|').replaceAll('\n', ' ') : '';
}

function inputsTable(inputs: readonly Member[]): string {
  const rows = inputs.map(([name, input]) => {
    const standard = cell(input.get('default'));
    const shown = input.get('required') === true ? '**required**' : standard === '' ? '' : `\`${standard}\``;
    return [`\`${name}\``, shown, cell(input.get('description'))];
  });
  return table(['Input', 'Default', 'Meaning'], rows);
}

function outputsTable(outputs: readonly Member[]): string {
  const rows = outputs.map(([name, output]) => [`\`${name}\``, cell(output.get('description'))]);
  return table(['Output', 'Value'], rows);
}

/** Returns a workflow without its first comment: the page explains the same. */
function recipe(file: string): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return `\`\`\`yaml\n${text.slice(text.search(/^[^#\n]/m)).trimEnd()}\n\`\`\``;
}

type Source = readonly [name: string, content: string];

function readYaml(file: string): unknown {
  return parse(readFileSync(join(ROOT, file), 'utf8'));
}

/** Returns the pages with generated parts. */
function pages(): ReadonlyMap<string, readonly Source[]> {
  const action = readYaml('action.yml');
  const inputs = membersOf(action, 'inputs');
  const outputs = membersOf(action, 'outputs');
  const local = readYaml('local/action.yml');
  const recipes = globSync('examples/*.yml', { cwd: ROOT })
    .sort()
    .map((name) => [name, recipe(name)] as const);
  const isOfServer = (name: string): boolean => name.startsWith('examples/server-');
  const isOfOrganization = (name: string): boolean => name.startsWith('examples/organization-');
  const areOf = (names: readonly string[]): readonly Source[] =>
    recipes.filter(([name]) => names.includes(name));
  return new Map<string, readonly Source[]>([
    [
      'docs/reference.md',
      [
        ['inputs of action.yml', inputsTable(inputs)],
        ['outputs of action.yml', outputsTable(outputs)],
      ],
    ],
    ['README.md', areOf(IN_README)],
    ['docs/recipes.md', areOf(IN_FULL)],
    ['docs/organizations.md', recipes.filter(([name]) => isOfOrganization(name))],
    ['docs/canvas.md', recipes.filter(([name]) => isOfServer(name))],
    [
      'docs/servers.md',
      [
        ['inputs of local/action.yml', inputsTable(membersOf(local, 'inputs'))],
        ['outputs of local/action.yml', outputsTable(membersOf(local, 'outputs'))],
      ],
    ],
  ]);
}

/** Replaces the part of a text between the two comments about a source. */
function fillPart(page: string, text: string, [source, content]: Source): string {
  const [begin, end] = [`<!-- ${source}: written by npm run docs -->`, `<!-- end of ${source} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} lacks the comments around ${source}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

/** Writes a page, or with `checkOnly` only compares it. Returns whether it is up to date after that. */
async function update(page: string, sources: readonly Source[], checkOnly: boolean): Promise<boolean> {
  const path = join(ROOT, page);
  const before = readFileSync(path, 'utf8');
  const written = sources.reduce((text, source) => fillPart(page, text, source), before);
  const after = await format(written, { ...(await resolveConfig(path)), filepath: path });
  if (!checkOnly) writeFileSync(path, after);
  else if (before !== after) console.error(`${page} does not match its sources. Run: npm run docs`);
  return !checkOnly || before === after;
}

const checkOnly = process.argv.includes('--check');
const results: boolean[] = [];
for (const [page, sources] of pages()) results.push(await update(page, sources, checkOnly));
const broken = brokenLinks(ROOT, globSync(LINKED, { cwd: ROOT }).sort());
broken.forEach((link) => {
  console.error(link);
});
if (results.includes(false) || broken.length > 0) process.exitCode = 1;
else console.log('The pages match their sources, and every link within the project works.');
