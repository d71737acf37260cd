/** The entry that the runner starts: runs the step, from the bundle that it shares with `post`. */
const { main } = await import(/* webpackIgnore: true */ './action.ts');
await main();
