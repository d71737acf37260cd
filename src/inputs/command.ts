import type { EventComment } from '../github/event.ts';
import type { Permission } from '../github/permission.ts';
import { type Commanded, textAfter } from '../message/command.ts';
import type { InputReader } from './reader.ts';

/** The roles whose people may set tasks. Text of anybody else only describes something. */
const MAY_SET_TASKS: readonly Permission[] = ['write', 'maintain', 'admin'];

/** Reads the word with which the event's comment must begin; `undefined` for none. */
export function commandIn(read: InputReader): string | undefined {
  const command = read.parsed(
    'command',
    'it must be one word, such as /agent: letters, digits, _ and -, with /, @ or ! before them',
    (value) => (/^[/@!]?\w[\w-]{0,49}$/.test(value) ? value : undefined),
    undefined,
  );
  const templates = ['message-template', 'message-template-file'] as const;
  if (command !== undefined && templates.every((name) => read.given(name).value === ''))
    read.wrong(
      'command needs message-template: there, {{ github.event.comment.body }} is what follows the command',
    );
  return command;
}

/**
 * Returns what the event's comment says after the command. It is a task if the person who triggered the run wrote it, and the step requires
 * a role that may set tasks: the step checks it later. Returns `undefined` if there is no such comment.
 */
export function commandedIn(
  comment: EventComment | undefined,
  command: string | undefined,
  required: Permission,
): Commanded | undefined {
  if (comment === undefined || command === undefined) return undefined;
  const text = textAfter(command, comment.body);
  if (text === undefined) return undefined;
  const isTask = comment.isByActor && MAY_SET_TASKS.includes(required);
  return { name: placeholderOf(comment), text, ...(isTask && { by: comment.author }) };
}

/** Returns the placeholder of what follows the command in a comment. */
export function placeholderOf({ path }: EventComment): string {
  return `github.event.${path}`;
}
