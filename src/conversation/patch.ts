/** Everything that an agent has changed, committed or not, as its server tells it. */
export interface Patch {
  /** The changes as a git patch. */
  readonly bytes: Buffer;
  /** The commit that the patch applies to, 40 hexadecimal digits. */
  readonly base: string;
  /** Which commit `base` is: the one before the agent started or, if git no longer has it, that of the branch. */
  readonly since: 'start' | 'branch';
  /**
   * The files that git calls changed. The patch must have them all. Empty if the server cannot list them. The names are
   * relative to the root of the repository or, of new files, to the agent's folder.
   */
  readonly changed: readonly string[];
  /** Those of them that are not new: their names are relative to the root. */
  readonly modified: readonly string[];
  /** Other files that are not new and that git calls changed: the patch leaves them out, with the folder that they are in. */
  readonly leftOut: readonly string[];
}
