import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { parse } from 'yaml';

import { isRecord } from '../json.ts';

/** The parts of an action.yml that the runner needs. */
export interface ActionFile {
  readonly name: string;
  /** The default of every input, with expressions not evaluated; empty if there is none. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly using: string;
  /** The path of the script, relative to the folder of action.yml. */
  readonly main: string;
  readonly post: string | undefined;
}

/** Finds the nearest folder with an action.yml, from `from` upwards; returns `from` itself if there is none. */
export function findAction(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'action.yml'))) return folder;
    if (folder === dirname(folder)) return from;
  }
}

function scalar(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new Error('action.yml: the default of an input must be a text, a number or a boolean');
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`action.yml: ${what} is missing`);
  return value;
}

/**
 * Reads the action.yml of a folder.
 *
 * @throws Error if the file cannot be read, or is not an action that runs on Node.js
 */
export function readActionFile(folder: string): ActionFile {
  const data: unknown = parse(readFileSync(join(folder, 'action.yml'), 'utf8'));
  if (!isRecord(data) || !isRecord(data['runs'])) throw new Error('action.yml: "runs" is missing');
  const { runs } = data;
  const using = text(runs['using'], 'runs.using');
  if (!/^node\d+$/.test(using))
    throw new Error(`action.yml: runs.using is "${using}", and this runner runs only node actions`);
  if (runs['pre'] !== undefined) throw new Error('action.yml: this runner does not run "pre"');
  const inputs = isRecord(data['inputs']) ? data['inputs'] : {};
  return {
    name: scalar(data['name']),
    inputs: new Map(
      Object.entries(inputs).map(([name, input]) => [name, scalar(isRecord(input) ? input['default'] : '')]),
    ),
    using,
    main: text(runs['main'], 'runs.main'),
    post: runs['post'] === undefined ? undefined : text(runs['post'], 'runs.post'),
  };
}

const EXPRESSION = /\$\{\{(.*?)\}\}/gs;
const CONTEXT_PATH = /^github((?:\.[A-Za-z_][\w-]*)+)$/;

function valueAt(github: Readonly<Record<string, unknown>>, path: readonly string[]): string {
  let value: unknown = github;
  for (const name of path) value = isRecord(value) ? value[name] : undefined;
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Replaces each `${{ github.… }}` of a default by its value; missing values are empty, as on GitHub.
 *
 * @throws Error for any other expression, which this runner does not support
 */
export function evaluate(template: string, github: Readonly<Record<string, unknown>>): string {
  return template.replaceAll(EXPRESSION, (_whole, inner: string) => {
    const path = CONTEXT_PATH.exec(inner.trim())?.[1];
    if (path === undefined) {
      throw new Error(
        `action.yml: this runner evaluates \${{ github.… }} in defaults, not \${{ ${inner.trim()} }}`,
      );
    }
    return valueAt(github, path.slice(1).split('.'));
  });
}
