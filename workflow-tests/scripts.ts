import { readFileSync } from 'node:fs';

import { isScalar, LineCounter, parseDocument } from 'yaml';

import { isRecord } from '../simulator/json.ts';

/** A script of a step. */
export interface Script {
  readonly file: string;
  /** The line of the file on which the script's first line stands. */
  readonly line: number;
  /** The step's name, or the place of the step if it has none. */
  readonly step: string;
  readonly text: string;
  /** `shell:` of the step, its job or its workflow; on the runners for Linux and macOS bash if there is none. */
  readonly shell: string;
  /** The variables that the workflow, the job and the step set. */
  readonly variables: readonly string[];
}

type Path = readonly (string | number)[];

/** What steps have in common. */
interface Surroundings {
  readonly path: Path;
  readonly steps: unknown;
  /** The mappings around them, the nearest one first. */
  readonly around: readonly unknown[];
}

/** What a step without `shell:` runs in, which differs from `shell: bash`: a pipeline fails with its last part alone. */
const STANDARD_SHELL = 'bash -e {0}';

/**
 * The scripts of a workflow, or of an action that is made of steps.
 *
 * @throws Error if the file is no YAML
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
    // A block begins on the line after its indicator.
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
  return shells.map(textOf).find((shell) => shell !== undefined) ?? STANDARD_SHELL;
}

function memberOf(value: unknown, name: string): unknown {
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
