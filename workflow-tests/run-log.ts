import { isRecord, parseJson } from '../simulator/json.ts';

/** A step as the runner told of it. */
export interface StepRun {
  readonly job: string;
  readonly name: string;
  /** `Main`, or `Post` for what an action does when the job is over. */
  readonly stage: 'Main' | 'Post';
  readonly result: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** What it printed, without the commands to the runner. */
  readonly printed: string;
}

/** The steps that ran, in their order, by the entries of the runner's log. */
export function stepsOf(entries: readonly Readonly<Record<string, unknown>>[]): readonly StepRun[] {
  const steps = new Map<string, StepRun>();
  for (const entry of entries) {
    const [job, name, stage] = [textOf(entry, 'job'), textOf(entry, 'step'), textOf(entry, 'stage')];
    if (stage !== 'Main' && stage !== 'Post') continue;
    const id = [job, name, stage].join('\n');
    const before = steps.get(id) ?? { job, name, stage, result: '', outputs: {}, printed: '' };
    steps.set(id, told(before, entry));
  }
  return [...steps.values()];
}

/** The step with what an entry of the log adds to it. */
function told(step: StepRun, entry: Readonly<Record<string, unknown>>): StepRun {
  if (entry['raw_output'] === true) return { ...step, printed: step.printed + textOf(entry, 'msg') };
  if (entry['command'] === 'set-output') {
    return { ...step, outputs: { ...step.outputs, [textOf(entry, 'name')]: textOf(entry, 'arg') } };
  }
  const result = textOf(entry, 'stepResult');
  return result === '' ? step : { ...step, result };
}

/** What a line of the runner's log says to people. If the runner itself fails, it is no JSON. */
export function readable(line: string): string {
  const entry = parseJson(line);
  return isRecord(entry) ? textOf(entry, 'msg').trimEnd() : line;
}

function textOf(entry: Readonly<Record<string, unknown>>, name: string): string {
  const value = entry[name];
  return typeof value === 'string' ? value : '';
}
