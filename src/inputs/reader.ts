import type { InputName } from '../interface.ts';
import { traitsOf, wantedApiOf } from '../port/api-version.ts';
import type { Workplace } from '../port/assignment.ts';
import type { Problem } from '../port/problem.ts';
import { singleLine } from '../text/safe.ts';

const MAX_SHOWN_CHARACTERS = 60;

/** Thrown if inputs are wrong. Its problem lists all reasons. */
export class WrongInputs extends Error {
  override readonly name = 'WrongInputs';
  readonly problem: Problem;

  constructor(reasons: readonly string[]) {
    super(reasons.join('; '));
    // Each reason says what would be right.
    this.problem = inputProblem(reasons, '');
  }
}

/** Returns the problem for wrong inputs, or for anything else that the step is given. */
export function inputProblem(reasons: readonly string[], advice: string): Problem {
  return { failedTo: 'read the inputs', because: reasons.join('; '), reasons, advice, kind: 'input' };
}

/** The source of inputs: by default of those in `action.yml`. */
export interface Source<Name extends string = InputName> {
  readonly input: (name: Name) => string;
}

/** The booleans of YAML 1.2's core schema, which @actions/core accepts, too. */
const BOOLEANS = new Map([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

const SECONDS_IN = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
]);

/**
 * Reads inputs and collects the problems of all of them. An empty input has the value `fallback`. A wrong input has the
 * value `instead`, so that it does not make other inputs appear wrong, too.
 */
export class InputReader<Name extends string = InputName> {
  readonly #source: Source<Name>;
  /** A set, because an input may be read more than once. */
  readonly #problems = new Set<string>();

  constructor(source: Source<Name>) {
    this.#source = source;
  }

  /** Returns an input as it was given (`raw`), trimmed (`value`), and as errors quote it (`shown`). */
  given(name: Name): Readonly<Record<'raw' | 'value' | 'shown', string>> {
    const raw = this.#source.input(name);
    const value = raw.trim();
    return { raw, value, shown: `"${singleLine(value, MAX_SHOWN_CHARACTERS)}"` };
  }

  /** Adds a problem. It must name the input, what is wrong with it and what would be right. */
  wrong(problem: string): undefined;
  wrong<T>(problem: string, instead: T): T;
  wrong<T>(problem: string, instead?: T): T | undefined {
    this.#problems.add(problem);
    return instead;
  }

  /** Throws {@link WrongInputs} if there is any problem. */
  throwIfWrong(): void {
    if (this.#problems.size > 0) throw new WrongInputs([...this.#problems]);
  }

  /**
   * Reads an input with `parse`, which returns `undefined` for a wrong value. `rule` says what would be right. An empty input has the
   * value `fallback`, a wrong one `instead`.
   */
  parsed<T>(
    name: Name,
    rule: string,
    parse: (value: string) => T | undefined,
    fallback: T,
    instead: T = fallback,
  ): T {
    const { value, shown } = this.given(name);
    if (value === '') return fallback;
    return parse(value) ?? this.wrong(`${name} is ${shown}: ${rule}`, instead);
  }

  boolean(name: Name, fallback = false, instead = fallback): boolean {
    return this.parsed(name, 'it must be true or false', (value) => BOOLEANS.get(value), fallback, instead);
  }

  /** Adds a problem if a setting needs `poll: true` and the step does not wait. */
  requirePoll(this: InputReader, setting: string, because: string): void {
    // A wrong value of `poll` is a problem of its own, and counts as true here.
    if (!this.boolean('poll', false, true)) this.wrong(`${setting} needs poll: true: ${because}`);
  }

  /**
   * Returns the repository on GitHub that a setting needs. Adds a problem if the step has none. `setting`: the setting, as the problem
   * names it. `otherwise`: what the user can do instead.
   */
  requireGitHub(
    this: InputReader,
    workplace: Workplace | undefined,
    setting: string,
    otherwise: string,
  ): string {
    if (workplace?.gitProvider !== 'github')
      this.wrong(
        `${setting} needs a repository on GitHub: name it in repository, with git-provider: github, or ${otherwise}`,
      );
    return workplace?.repository ?? '';
  }

  /** Adds a problem if an input is given that only a complete API has, and the step asks for V0. */
  refuseForV0(this: InputReader, name: InputName): void {
    const { isComplete = true } = traitsOf(wantedApiOf(this.given('api-version').value)) ?? {};
    if (!isComplete && this.given(name).value !== '')
      this.wrong(`${name} needs API V1 or an agent server: leave it out with API V0`);
  }

  /** Reads one of some words; by default, the first. */
  choice<T extends string>(
    name: Name,
    choices: readonly [T, ...(readonly T[])],
    fallback: T = choices[0],
  ): T {
    const find = (value: string): T | undefined => choices.find((each) => each === value);
    return this.parsed(name, `it must be one of ${choices.join(', ')}`, find, fallback);
  }

  /**
   * Reads a whole number of seconds; returns milliseconds. `fallback` and `max` are seconds. A duration with a unit is an error that
   * says how to write it.
   */
  seconds(name: Name, fallback: number, max: number): number {
    const isRight = (value: string): boolean => /^0*[1-9]\d*$/.test(value) && Number(value) <= max;
    const meant = String(secondsOf(this.given(name).value));
    const hint = isRight(meant) ? `: write ${meant}` : '';
    const rule = `it must be a whole number of seconds from 1 to ${max}${hint}`;
    return 1000 * this.parsed(name, rule, (value) => (isRight(value) ? Number(value) : undefined), fallback);
  }
}

/** Converts a duration with a unit, such as `30m`, `5 min` or `1h`, to seconds; NaN if the text is none. */
function secondsOf(duration: string): number {
  const [, number, unit = ''] = /^(\d{1,5}) ?([smh])(?:ec|in)?$/i.exec(duration) ?? [];
  return Number(number) * (SECONDS_IN.get(unit.toLowerCase()) ?? NaN);
}

/** Reads inputs with `readPart`. Throws {@link WrongInputs} with the problems of all. */
export function checkInputs<T, Name extends string = InputName>(
  source: Source<Name>,
  readPart: (read: InputReader<Name>) => T,
): T {
  const read = new InputReader(source);
  const value = readPart(read);
  read.throwIfWrong();
  return value;
}
