/** A message, and what its answer must look like. */
export function withSchema(message: string, schema: string): string {
  return `${message}

Your answer is read by a program. End with a JSON value that fits this JSON Schema: as the whole answer, or in the last block of code of it.

\`\`\`json
${schema.trim()}
\`\`\``;
}

/** Asks for an answer that fits. */
export function correctionOf(problems: readonly string[]): string {
  return `Your answer does not fit the JSON Schema that it must fit:

${problems.map((problem) => `- ${problem}`).join('\n')}

Answer again, with the JSON value alone. Do no other work.`;
}
