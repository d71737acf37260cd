/** A message, and what its answer must look like. */
export function withSchema(message: string, schema: string): string {
  return `${message}

A program reads your answer. It must be a JSON value that matches this JSON Schema: the whole answer, or the last code block in it.

\`\`\`json
${schema.trim()}
\`\`\``;
}

/** Asks for an answer that fits. */
export function correctionOf(problems: readonly string[]): string {
  return `Your answer does not match the JSON Schema:

${problems.map((problem) => `- ${problem}`).join('\n')}

Answer again with the JSON value only. Do no other work.`;
}
