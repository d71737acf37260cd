/** A comment as tests and people see it. */
export interface CommentView {
  readonly id: number;
  /** The number of the issue or pull request. */
  readonly issue: number;
  /** The login, with `[bot]` if it is one. */
  readonly author: string;
  readonly body: string;
  /** Every text that it has had, the first one first. */
  readonly bodies: readonly string[];
}

/** A reaction as tests see it. */
export interface ReactionView {
  /** Such as `issues/1`, `issues/comments/2` or `pulls/comments/3`. */
  readonly target: string;
  readonly author: string;
  readonly content: string;
}

/** The comments of one repository, and the reactions. */
export interface GithubStore {
  all(): readonly CommentView[];
  /** Those of an issue or pull request, oldest first. */
  on(issue: number): readonly CommentView[];
  byId(id: number): CommentView | undefined;
  readonly add: (issue: number, author: string, body: string) => CommentView;
  edit(id: number, body: string): CommentView | undefined;
  /** Whether there was one to remove. */
  remove(id: number): boolean;
  readonly reactions: readonly ReactionView[];
  /** Whether it is a new one. */
  react(reaction: ReactionView): boolean;
}

/** Beyond 32 bits, as the ids of today are. */
const FIRST_ID = 3_500_000_001;

/** A repository without comments. */
export function createGithubStore(): GithubStore {
  const comments = new Map<number, CommentView>();
  const reactions: ReactionView[] = [];
  let next = FIRST_ID;
  return {
    all: () => [...comments.values()],
    on: (issue) => [...comments.values()].filter((comment) => comment.issue === issue),
    byId: (id) => comments.get(id),
    add: (issue, author, body) => {
      const comment = { id: next, issue, author, body, bodies: [body] };
      comments.set(next, comment);
      next += 1;
      return comment;
    },
    edit: (id, body) => {
      const before = comments.get(id);
      if (before === undefined) return undefined;
      const after = { ...before, body, bodies: [...before.bodies, body] };
      comments.set(id, after);
      return after;
    },
    remove: (id) => comments.delete(id),
    reactions,
    react: (reaction) => {
      const isNew = !reactions.some(
        ({ target, author }) => target === reaction.target && author === reaction.author,
      );
      if (isNew) reactions.push(reaction);
      return isNew;
    },
  };
}
