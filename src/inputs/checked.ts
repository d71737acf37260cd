import type { InputName } from '../interface.ts';
import { singleLine } from '../text/safe.ts';

const LONGEST_SHOWN = 60;

/** Some inputs are wrong: what and how, all of them. */
export class WrongInputs extends Error {
  override readonly name = 'WrongInputs';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** An input as it was given: its value without white space around it, and as an error shows it. */
export interface Given {
  readonly name: InputName;
  readonly value: string;
  readonly shown: string;
}

/** Reads an input. */
export type Reader = (name: InputName) => Given;

/** The value of an input, or what is wrong with it. */
export interface Checked<T> {
  readonly problems: readonly string[];
  /** Throws the problems, where there are some. */
  readonly value: () => T;
  readonly orElse: <U>(other: U) => T | U;
}

/** A value that is right. */
export function right<T>(value: T): Checked<T> {
  return { problems: [], value: () => value, orElse: () => value };
}

/** A value that is wrong, and why. */
export function wrong(...problems: readonly string[]): Checked<never> {
  return {
    problems,
    value: () => {
      throw new WrongInputs(problems);
    },
    orElse: (other) => other,
  };
}

/** A member that there may be. */
export type Optional<Name extends string, T> = Readonly<Partial<Record<Name, T>>>;

/** Where single inputs come from. */
export interface Source {
  /** The value of an input, empty where it was not given. */
  readonly input: (name: InputName) => string;
  /** Takes secrets out of a text: a value that is shown may be one that was put into the wrong input. */
  readonly redact: (text: string) => string;
}

/** The way to read inputs without white space around them. */
export function readerOf({ input, redact }: Source): Reader {
  return (name) => {
    const value = input(name).trim();
    return { name, value, shown: `"${singleLine(redact(value), LONGEST_SHOWN)}"` };
  };
}

/**
 * Refuses the inputs where one of the checks found something.
 *
 * @throws {WrongInputs} with all that is wrong.
 */
export function refuse(checks: object): void {
  const problems = Object.values(checks).flatMap((check: Checked<unknown>) => check.problems);
  if (problems.length > 0) throw new WrongInputs(problems);
}

/** An input that is true or false. */
export function boolean({ name, value, shown }: Given, standard = false): Checked<boolean> {
  if (value === '') return right(standard);
  // The YAML 1.2 core schema, as @actions/core reads booleans.
  if (['false', 'False', 'FALSE'].includes(value)) return right(false);
  return ['true', 'True', 'TRUE'].includes(value)
    ? right(true)
    : wrong(`${name} is ${shown}: it must be true or false`);
}

/** An input that is one of a few words; the first of them where it is empty. */
export function choice<T extends string>(
  { name, value, shown }: Given,
  choices: readonly [T, ...(readonly T[])],
): Checked<T> {
  if (value === '') return right(choices[0]);
  const chosen = choices.find((each) => each === value);
  return chosen === undefined
    ? wrong(`${name} is ${shown}: it must be one of ${choices.join(', ')}`)
    : right(chosen);
}

/** An input that is a whole number of seconds. */
export function seconds({ name, value, shown }: Given, standard: number, most: number): Checked<number> {
  if (value === '') return right(standard);
  const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  return number >= 1 && number <= most
    ? right(number)
    : wrong(`${name} is ${shown}: it must be a whole number of seconds from 1 to ${most}`);
}
