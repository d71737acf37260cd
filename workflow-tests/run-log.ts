import { isRecord, parseJson } from '../simulator/json.ts';

/** A step, according to the runner's log. */
export interface StepRun {
  readonly job: string;
  readonly name: string;
  /** `Main`, or `Post` for the part of an action that runs at the end of the job. */
  readonly stage: 'Main' | 'Post';
  readonly result: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The output of the step, without commands to the runner. */
  readonly printed: string;
}

/** Returns the steps that ran, in their order, from the entries of the runner's log. */
export function stepsOf(entries: readonly Readonly<Record<string, unknown>>[]): readonly StepRun[] {
  const steps = new Map<string, StepRun>();
  for (const entry of entries) {
    const [job, name, stage] = [textOf(entry, 'job'), textOf(entry, 'step'), textOf(entry, 'stage')];
    if (stage !== 'Main' && stage !== 'Post') continue;
    const id = [job, name, stage].join('\n');
    const before = steps.get(id) ?? { job, name, stage, result: '', outputs: {}, printed: '' };
    steps.set(id, withEntry(before, entry));
  }
  return [...steps.values()];
}

/** Adds an entry of the log to its step. */
function withEntry(step: StepRun, entry: Readonly<Record<string, unknown>>): StepRun {
  if (entry['raw_output'] === true) return { ...step, printed: step.printed + textOf(entry, 'msg') };
  if (entry['command'] === 'set-output') {
    return { ...step, outputs: { ...step.outputs, [textOf(entry, 'name')]: textOf(entry, 'arg') } };
  }
  const result = textOf(entry, 'stepResult');
  return result === '' ? step : { ...step, result };
}

/** Returns the text of a line in the runner's log. If the runner itself fails, the line is not JSON. */
export function readable(line: string): string {
  const entry = parseJson(line);
  return isRecord(entry) ? textOf(entry, 'msg').trimEnd() : line;
}

function textOf(entry: Readonly<Record<string, unknown>>, name: string): string {
  const value = entry[name];
  return typeof value === 'string' ? value : '';
}
