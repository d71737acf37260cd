/** A note that the runner shows at the top of the run. */
export interface Annotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
  readonly title?: string;
}

interface Command {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

const LEVELS = ['notice', 'warning', 'error'] as const;
const KNOWN = new Set([
  ...LEVELS,
  'debug',
  'group',
  'endgroup',
  'add-mask',
  'set-output',
  'save-state',
  'set-env',
  'add-path',
  'echo',
  'add-matcher',
  'remove-matcher',
  'stop-commands',
]);

function unescape(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((sofar, [from, to]) => sofar.replaceAll(from, to), text);
}

// The percent sign comes last, so that an escaped escape stays one.
const DATA = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
] as const;
const PROPERTY = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%3A', ':'],
  ['%2C', ','],
  ['%25', '%'],
] as const;
const OLD = [
  ['%3B', ';'],
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%5D', ']'],
  ['%25', '%'],
] as const;

function properties(
  text: string,
  separator: string,
  escapes: readonly (readonly [string, string])[],
): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(separator)) {
    const at = part.indexOf('=');
    if (at > 0) found.set(part.slice(0, at).trim(), unescape(part.slice(at + 1), escapes));
  }
  return found;
}

/** `::name key=value,key=value::data`, after any white space. */
function newCommand(line: string): Command | undefined {
  // The runner trims what .NET takes for white space, U+0085 included.
  const [, name, rest = '', data = ''] = /^[\s\u0085]*::([^\s:]+)(?:\s+([^:]*?))?::(.*)$/s.exec(line) ?? [];
  if (name === undefined) return undefined;
  return { name, properties: properties(rest, ',', PROPERTY), data: unescape(data, DATA) };
}

/** `##[name key=value;key=value]data`, anywhere in a line. */
function oldCommand(line: string): Command | undefined {
  const [, name, rest = '', data = ''] = /##\[([^\s\]]+)(?:\s+([^\]]*))?\](.*)$/s.exec(line) ?? [];
  if (name === undefined) return undefined;
  return { name, properties: properties(rest, ';', OLD), data: unescape(data, OLD) };
}

/** The command in a line, if it is one that the runner knows. `stopped` is the word that ends a stop. */
export function parseLogCommand(line: string, stopped?: string): Command | undefined {
  const command = newCommand(line) ?? oldCommand(line);
  if (command === undefined) return undefined;
  if (stopped !== undefined) return command.name === stopped ? command : undefined;
  return KNOWN.has(command.name.toLowerCase()) ? { ...command, name: command.name.toLowerCase() } : undefined;
}

function levelOf(name: string): Annotation['level'] | undefined {
  return LEVELS.find((level) => level === name);
}

const WORD = { notice: 'Notice', warning: 'Warning', error: 'Error' } as const;

/** The forms in which the runner looks for a secret: each of its lines, and what a URL or JSON makes of it. */
function formsOf(secret: string): readonly string[] {
  const lines = [secret, ...secret.split(/[\r\n]+/)].map((line) => line.trim()).filter((line) => line !== '');
  return lines.flatMap((line) => [
    line,
    JSON.stringify(line.toWellFormed()).slice(1, -1),
    encodeURIComponent(line.toWellFormed()),
  ]);
}

/** Reads what a process prints as GitHub's runner does. */
export class StepLog {
  /** What people see: commands carried out, secrets replaced. */
  readonly shown: string[] = [];
  readonly annotations: Annotation[] = [];
  /** The texts that are replaced, the longest first: a secret that holds another one must not be cut open. */
  readonly masks: string[] = [];
  /** What the old command `set-output` set. */
  readonly outputs: Record<string, string> = {};
  /** What the old command `save-state` set. */
  readonly state: Record<string, string> = {};
  readonly #onLine: (line: string) => void;
  #stopped: string | undefined;

  /** `secrets` are replaced from the start; `onLine` sees each line as people do. */
  constructor(secrets: readonly string[], onLine: (line: string) => void) {
    this.#onLine = onLine;
    for (const value of secrets) this.#hide(value);
  }

  /** Takes one line of output, without its line ending. */
  take(line: string): void {
    const command = parseLogCommand(line, this.#stopped);
    if (command === undefined) this.#show(line);
    else if (this.#stopped !== undefined) this.#stopped = undefined;
    else this.#carryOut(command);
  }

  /** An error of the runner itself. */
  complain(message: string): void {
    this.#annotate('error', message);
  }

  #mask(text: string): string {
    return this.masks.reduce((sofar, secret) => sofar.replaceAll(secret, '***'), text);
  }

  #show(line: string): void {
    const masked = this.#mask(line);
    this.shown.push(masked);
    this.#onLine(masked);
  }

  #hide(value: string): void {
    for (const form of formsOf(value)) if (!this.masks.includes(form)) this.masks.push(form);
    this.masks.sort((left, right) => right.length - left.length);
  }

  #annotate(level: Annotation['level'], message: string, title?: string): void {
    const note = { level, message: this.#mask(message) };
    this.annotations.push(title === undefined ? note : { ...note, title: this.#mask(title) });
    for (const line of `${WORD[level]}: ${message}`.split('\n')) this.#show(line);
  }

  #carryOut(command: Command): void {
    const level = levelOf(command.name);
    if (level !== undefined) {
      this.#annotate(level, command.data, command.properties.get('title'));
      return;
    }
    switch (command.name) {
      case 'group':
        this.#show(`▼ ${command.data}`);
        break;
      case 'add-mask':
        if (command.data.trim() !== '') this.#hide(command.data);
        else this.#annotate('warning', "Can't add secret mask for empty string in ##[add-mask] command.");
        break;
      case 'set-output':
        this.#set(command, this.outputs);
        break;
      case 'save-state':
        this.#set(command, this.state);
        break;
      case 'set-env':
      case 'add-path':
        this.complain(`The \`${command.name}\` command is disabled.`);
        break;
      case 'stop-commands':
        this.#stopped = command.data;
        break;
    }
  }

  #set(command: Command, into: Record<string, string>): void {
    const name = command.properties.get('name');
    if (name === undefined) this.complain(`Required field 'name' is missing in ##[${command.name}] command.`);
    else into[name] = command.data;
  }
}

/**
 * Cuts a stream of text into lines as .NET does, for which a carriage return alone ends a line too: what a terminal
 * would overwrite becomes a line, and so may be a command.
 */
export function createLineCutter(onLine: (line: string) => void): { write(text: string): void; end(): void } {
  let rest = '';
  const cut = (text: string): void => {
    const lines = text.split(/\r\n|\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
  return {
    write: (text) => {
      const whole = rest + text;
      // A carriage return at the end may be half of a pair.
      if (!whole.endsWith('\r')) {
        cut(whole);
        return;
      }
      cut(whole.slice(0, -1));
      rest += '\r';
    },
    end: () => {
      cut(rest);
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
