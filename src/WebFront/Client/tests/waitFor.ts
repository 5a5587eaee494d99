/** Polls until `condition` holds; fails with what it was waiting for. The one place in the tests that waits. */
export async function waitFor(what: string, condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await new Promise((resume) => setTimeout(resume, 5));
  }
}
