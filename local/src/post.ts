/** The entry that the runner starts after the job. */
const { post } = await import(/* webpackIgnore: true */ './action.ts');
await post();
