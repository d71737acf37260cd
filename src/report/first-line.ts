import type { Conversation } from '../conversation/conversation.ts';

/** The first line of a page: what is to be known at once. What is not known is left out. */
export function firstLine(state: string, ...facts: readonly (string | undefined)[]): string {
  return `### ${[state, ...facts].filter((fact) => fact !== undefined).join(' · ')}`;
}

/** The link to the page where people see the conversation; `undefined` if there is none. */
export function conversationLink(conversation: Conversation | undefined): string | undefined {
  return conversation === undefined || conversation.hasNoPage
    ? undefined
    : `[Conversation](${conversation.url})`;
}

/** The link to the run of the workflow. */
export function runLink(runUrl: string | undefined): string | undefined {
  return runUrl && `[Run](${runUrl})`;
}
