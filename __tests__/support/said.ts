import type { Message } from '../../src/port/assignment.ts';

/** Returns a message without pictures. */
export function said(text: string): Message {
  return { text, pictures: [] };
}
