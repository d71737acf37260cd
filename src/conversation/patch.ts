/** Everything that an agent has changed, committed or not, as a git patch. */
export interface Patch {
  readonly bytes: Buffer;
  /** The commit that the patch applies to, 40 hexadecimal digits. */
  readonly base: string;
  /** Which commit `base` is: the one before the agent started or, if git no longer has it, that of the branch. */
  readonly since: 'start' | 'branch';
  /** The commit that is checked out in the agent's folder at the end, if the server reports it. */
  readonly head?: string;
  readonly size: PatchSize;
  /** The submodules in the patch. For each, the patch holds only the commit that it points to. */
  readonly submodules: readonly string[];
  /** The content that the patch adds to files, decoded. */
  readonly introduced: readonly Buffer[];
}

/** How much a patch changes, in files and lines of text. */
export interface PatchSize {
  readonly files: number;
  readonly added: number;
  readonly removed: number;
}
