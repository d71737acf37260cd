/** The entry that the runner starts after the job. */
const { post } = await import(/* webpackIgnore: true */ './local-action.ts');
await post();
