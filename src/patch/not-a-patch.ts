/** The server's answer is not a whole patch in the format that `git apply` reads. */
export class NotAPatch extends Error {
  override readonly message =
    "the server's patch is not in a format that git apply accepts, perhaps because git there has diff.noprefix or a color set";
}
