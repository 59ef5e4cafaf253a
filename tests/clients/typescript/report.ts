// What the runner counts: a line for each step, “ok” or “not ok”.
export type Step = <T>(name: string, run: () => Promise<T>) => Promise<T>;

// Characters of an error that are shown: the whole of a mail would hide the rest.
const LONGEST = 2_000;

// Runs the steps of one API in their order; the first that fails ends this API, and the next one goes on.
export async function walk(api: string, steps: (step: Step) => Promise<void>): Promise<void> {
  let current = 'begins';
  const step: Step = async (name, run) => {
    current = name;
    const value = await run();
    console.log(`ok TypeScript, ${api}: ${name}`);
    return value;
  };
  try {
    await steps(step);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.log(`not ok TypeScript, ${api}: ${current}\n    ${why.slice(0, LONGEST).replaceAll('\n', '\n    ')}`);
  }
}
