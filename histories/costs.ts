/** Returns a fetch whose answers tell other costs. */
export function withCosts(send: typeof fetch, costOf: (cost: number) => number): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.status !== 200 || !(response.headers.get('content-type') ?? '').includes('json'))
      return response;
    const text = (await response.text()).replace(
      /("accumulated_cost":\s*)([\d.]+)/g,
      (_, name: string, cost: string) => name + String(costOf(Number(cost))),
    );
    return new Response(text, { status: response.status, headers: response.headers });
  };
}
