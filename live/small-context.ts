/** Why a model refuses a prompt, as OpenAI's API answers it. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly code: string;
  /** How long the model takes to refuse, in milliseconds. */
  readonly afterMs: number;
}

const TOO_LONG: Refusal = {
  status: 400,
  message:
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.",
  code: 'context_length_exceeded',
  // At once, an agent could reach its limit of steps before the step pauses it.
  afterMs: 300,
};

/** The scripts that refuse a prompt as too long, and the script that the summary of it names; `cramped` refuses that prompt, too. */
const NEXT_SCRIPTS: Readonly<Record<string, string | undefined>> = {
  forgets: 'message',
  condenses: 'finish',
  full: 'full',
  cramped: undefined,
};

/**
 * Returns the summary or the refusal of a model whose context is too small; `undefined` if the script is none of such a model.
 *
 * @param prompt all messages.
 * @param script the one that the newest message names.
 * @param isToAgent whether the prompt is an agent's, not for a title or a summary.
 */
export function inSmallContext(
  prompt: string,
  script: string,
  isToAgent: boolean,
): string | Refusal | undefined {
  // The server asks for a summary of events, which it gives as text.
  if (!isToAgent && prompt.includes('<EVENT>')) {
    const [, forgotten = ''] = [...prompt.matchAll(/script: ([a-z]+)/g)].at(-1) ?? [];
    const next = NEXT_SCRIPTS[forgotten];
    return next === undefined ? TOO_LONG : `A summary.\nscript: ${next}`;
  }
  return isToAgent && script in NEXT_SCRIPTS ? TOO_LONG : undefined;
}
