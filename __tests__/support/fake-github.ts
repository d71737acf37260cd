import * as v from 'valibot';

const Texts = v.record(v.string(), v.string());
/** What a simulated GitHub knows of a repository besides its commits. */
export const FakeGitHub = v.object({
  permission: v.string(),
  isArchived: v.boolean(),
  secrets: Texts,
  organizationSecrets: v.array(v.string()),
  variables: Texts,
  labels: v.array(v.string()),
  mayOpenPullRequests: v.boolean(),
  pulls: v.array(v.object({ url: v.string(), state: v.string(), isCrossRepository: v.boolean() })),
  /** The beginning of a change that GitHub refuses; empty if it refuses none. */
  refuses: v.string(),
});
export type FakeGitHub = v.InferOutput<typeof FakeGitHub>;
