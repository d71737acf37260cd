/** Everything that an agent has changed, committed or not, as its server tells it. */
export interface Patch {
  /** The changes as a git patch. */
  readonly bytes: Buffer;
  /** The commit that the patch applies to, 40 hexadecimal digits. */
  readonly base: string;
  /** Which commit `base` is: the one before the agent started or, if git no longer has it, that of the branch. */
  readonly since: 'start' | 'branch';
  /** The files that git calls changed. The patch must have them all. Empty if the server cannot list them. */
  readonly changed: readonly string[];
}
