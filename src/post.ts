// The entry that the runner starts after the job. If main left nothing to do, which is usual, nothing is loaded.
if (process.env['STATE_conversation']) {
  const { post } = await import(/* webpackIgnore: true */ './action.ts');
  await post();
}

export {};
