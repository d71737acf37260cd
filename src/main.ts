/** What the runner starts: the step, from the bundle that it shares with `post`. */
const { main } = await import(/* webpackIgnore: true */ './action.ts');
await main();
