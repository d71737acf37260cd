/** Adds to a message that the answer must match a JSON Schema. */
export function withSchema(message: string, schema: string): string {
  return `${message}

A program reads your answer. It must be a JSON value that matches this JSON Schema: the whole answer, or the last code block in it.

\`\`\`json
${schema.trim()}
\`\`\``;
}

/** Returns the message that asks the agent to correct its answer. */
export function correctionOf(problems: readonly string[]): string {
  return `Your answer does not match the JSON Schema:

${problems.map((problem) => `- ${problem}`).join('\n')}

Answer again with the JSON value only. Do no other work.`;
}
