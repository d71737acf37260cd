import { beginning } from '../text/safe.ts';

/** A longer value cannot be passed on through `env:`: Linux allows 131,071 bytes for a variable. */
const LONGEST_RESPONSE_BYTES = 96 * 1024;

/** An answer as an output: whole, or cut with a note that says where the rest is. */
export function responseOf(answer: string, file: string | undefined): string {
  const response = beginning(answer, LONGEST_RESPONSE_BYTES);
  if (response === answer) return answer;
  return `${response}\n\n[The answer goes on${file === undefined ? '' : ` in the file ${file}, which the output response-file names`}.]`;
}
