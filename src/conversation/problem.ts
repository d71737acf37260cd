/** What people need to know of a failure. */
export interface Problem {
  /** What failed, as "VERB NOUN": "start the conversation". */
  readonly failedTo: string;
  /** Why, in the words of whoever refused it. */
  readonly because: string;
  /** What to do next: a sentence without its full stop. */
  readonly todo: string;
}
