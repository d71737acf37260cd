/** What an agent has changed, committed or not, as a patch of git's: all of it. */
export interface Patch {
  readonly bytes: Buffer;
  /** The commit that it applies to, 40 hexadecimal digits. */
  readonly base: string;
  /** Which commit that is: that of before the agent began or, if git does not know it any more, that of the branch. */
  readonly since: 'start' | 'branch';
  /** The commit that the agent's folder has at the end, if the server tells it. */
  readonly head?: string;
  readonly size: PatchSize;
  /** The submodules in it: of each there is only the commit that it points to. */
  readonly submodules: readonly string[];
  /** What it brings into files, as it is in them. */
  readonly brought: readonly Buffer[];
}

/** How much a patch changes: files, and lines of text. */
export interface PatchSize {
  readonly files: number;
  readonly added: number;
  readonly removed: number;
}
