import { readFileSync } from 'node:fs';

import { isScalar, LineCounter, parseDocument } from 'yaml';

import { isRecord } from '../simulator/json.ts';

/** A script of a step. */
export interface Script {
  readonly file: string;
  /** The line number of the script's first line in the file. */
  readonly line: number;
  /** The step's name, or its path in the file if it has none. */
  readonly step: string;
  readonly text: string;
  /** `shell:` of the step, its job or its workflow; by default bash, as on runners for Linux and macOS. */
  readonly shell: string;
  /** The variables that the workflow, the job and the step set. */
  readonly variables: readonly string[];
}

type Path = readonly (string | number)[];

/** The steps of a job or of an action, with their context. */
interface Surroundings {
  readonly path: Path;
  readonly steps: unknown;
  /** The mappings around the steps, innermost first. */
  readonly around: readonly unknown[];
}

/** The shell of a step without `shell:`. Unlike `shell: bash`, only the last command of a pipeline decides whether it fails. */
const DEFAULT_SHELL = 'bash -e {0}';

/**
 * Returns the scripts of a workflow or of a composite action.
 *
 * @throws Error if the file is not YAML
 */
export function scriptsOf(file: string, name: string): readonly Script[] {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${name}: ${error.message}`);
  const root: unknown = document.toJS();

  const lineOf = (path: Path): number => {
    const node = document.getIn(path, true);
    if (!isScalar(node) || node.range == null) return 1;
    // The text of a block begins on the line after its indicator.
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    return lines.linePos(node.range[0]).line + (isBlock ? 1 : 0);
  };

  return surroundingsIn(root).flatMap(({ path, steps, around }) =>
    listOf(steps).flatMap((step, index): readonly Script[] => {
      const text = memberOf(step, 'run');
      if (typeof text !== 'string') return [];
      const own = [step, ...around];
      return [
        {
          file: name,
          line: lineOf([...path, index, 'run']),
          step: textOf(memberOf(step, 'name')) ?? `step ${index + 1} of ${path.slice(0, -1).join('.')}`,
          text,
          shell: shellOf(own),
          variables: own.flatMap((mapping) => Object.keys(recordOf(memberOf(mapping, 'env')))),
        },
      ];
    }),
  );
}

function surroundingsIn(root: unknown): readonly Surroundings[] {
  const jobs = Object.entries(recordOf(memberOf(root, 'jobs')));
  return [
    ...jobs.map(([id, job]) => ({
      path: ['jobs', id, 'steps'],
      steps: memberOf(job, 'steps'),
      around: [job, root],
    })),
    { path: ['runs', 'steps'], steps: memberOf(memberOf(root, 'runs'), 'steps'), around: [] },
  ];
}

function shellOf(mappings: readonly unknown[]): string {
  const shells = mappings.flatMap((mapping) => [
    memberOf(mapping, 'shell'),
    memberOf(memberOf(memberOf(mapping, 'defaults'), 'run'), 'shell'),
  ]);
  return shells.map(textOf).find((shell) => shell !== undefined) ?? DEFAULT_SHELL;
}

/** Returns a member of an object; nothing if there is no object. */
export function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
