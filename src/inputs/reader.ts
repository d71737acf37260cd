import type { Problem } from '../conversation/problem.ts';
import type { InputName } from '../interface.ts';
import { singleLine } from '../text/safe.ts';
import { durationIn } from './duration.ts';

const LONGEST_SHOWN = 60;

/** Some inputs are wrong: what and how, all of them. */
export class WrongInputs extends Error {
  override readonly name = 'WrongInputs';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }

  /** What people are told. */
  get problem(): Problem {
    return inputProblem(this.problems, "correct the step's `with:`, or the secret that it passes");
  }
}

/** What people are told of inputs, or of what else the step is given, if something of it is wrong. */
export function inputProblem(reasons: readonly string[], todo: string): Problem {
  return { failedTo: 'read the inputs', because: reasons.join('; '), reasons, todo, kind: 'input' };
}

/** Where single inputs come from, those of `action.yml` unless other names are said. */
export interface Source<Name extends string = InputName> {
  /** The value of an input, empty if it was not given. */
  readonly input: (name: Name) => string;
  /** Takes secrets out of a text: a value that is shown may be one that was put into the wrong input. */
  readonly redact: (text: string) => string;
}

/** An input as it was given, without white space around it, and as an error shows it. */
export interface Given {
  readonly raw: string;
  readonly value: string;
  readonly shown: string;
}

/** As YAML 1.2's core schema has them, and @actions/core. */
const BOOLEANS = new Map([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/**
 * Reads inputs one after the other, and keeps what is wrong until all of them are read. Empty means `standard`. Instead of
 * a wrong one there is `instead` to read on with, so that the others are not found wrong for its sake.
 */
export class Reader<Name extends string = InputName> {
  readonly #source: Source<Name>;
  /** Each once, although an input may be read more than once. */
  readonly #problems = new Set<string>();

  constructor(source: Source<Name>) {
    this.#source = source;
  }

  /** An input as it is. */
  given(name: Name): Given {
    const raw = this.#source.input(name);
    const value = raw.trim();
    return { raw, value, shown: `"${singleLine(this.#source.redact(value), LONGEST_SHOWN)}"` };
  }

  /** Keeps a problem, which names the input, what is wrong with it and what would be right. */
  wrong(problem: string): undefined;
  wrong<T>(problem: string, instead: T): T;
  wrong<T>(problem: string, instead?: T): T | undefined {
    this.#problems.add(problem);
    return instead;
  }

  /** Refuses the inputs if there is a problem. @throws {WrongInputs} with all of them. */
  refuse(): void {
    if (this.#problems.size > 0) throw new WrongInputs([...this.#problems]);
  }

  /** What `parse` makes of an input; `undefined` is wrong. `rule` says what is right. */
  parsed<T>(
    name: Name,
    rule: string,
    parse: (value: string) => T | undefined,
    standard: T,
    instead: T = standard,
  ): T {
    const { value, shown } = this.given(name);
    if (value === '') return standard;
    return parse(value) ?? this.wrong(`${name} is ${shown}: ${rule}`, instead);
  }

  boolean(name: Name, standard = false, instead = standard): boolean {
    return this.parsed(name, 'it must be true or false', (value) => BOOLEANS.get(value), standard, instead);
  }

  /** Refuses an input that asks for something of the end, unless that is waited for; says whether it is. */
  needsPoll(this: Reader, name: InputName, because: string): boolean {
    const poll = this.boolean('poll', false, true);
    if (!poll) this.wrong(`${name} needs poll: true: ${because}`);
    return poll;
  }

  /** One of a few words. */
  choice<T extends string>(
    name: Name,
    choices: readonly [T, ...(readonly T[])],
    standard: T = choices[0],
    instead: T = standard,
  ): T {
    const find = (value: string): T | undefined => choices.find((each) => each === value);
    return this.parsed(name, `it must be one of ${choices.join(', ')}`, find, standard, instead);
  }

  /** A whole number of seconds, in milliseconds. */
  seconds(name: Name, standard: number, most: number): number {
    const { value: given } = this.given(name);
    const meant = durationIn(given);
    const hint = meant === undefined ? '' : `; ${given} is ${meant}`;
    const rule = `it must be a whole number of seconds from 1 to ${most}${hint}`;
    const isRight = (value: string): boolean => /^0*[1-9]\d*$/.test(value) && Number(value) <= most;
    return 1000 * this.parsed(name, rule, (value) => (isRight(value) ? Number(value) : undefined), standard);
  }
}

/**
 * Reads some of the inputs.
 *
 * @throws {WrongInputs} which names each of them that is wrong.
 */
export function checked<T, Name extends string = InputName>(
  source: Source<Name>,
  part: (read: Reader<Name>) => T,
): T {
  const read = new Reader(source);
  const value = part(read);
  read.refuse();
  return value;
}
