/** The entry that the runner starts for `local/action.yml`: starts the server, from the bundle that it shares with `post`. */
const { main } = await import(/* webpackIgnore: true */ './local-action.ts');
await main();
