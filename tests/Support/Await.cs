using System.Diagnostics;

namespace CustomerService.Support;

/// <summary>Waiting in tests: never a fixed sleep, always a condition and a deadline.</summary>
public static class Await
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until the answer is yes; fails with <paramref name="what"/> when the deadline passes first.</summary>
    public static async Task Eventually(TimeSpan deadline, Func<Task<bool>> predicate, string what = "The condition")
    {
        var started = Stopwatch.GetTimestamp();
        while (!await predicate())
        {
            if (Stopwatch.GetElapsedTime(started) > deadline)
                throw new TimeoutException($"{what} did not come true within {deadline.TotalSeconds:0.#} s.");
            await Task.Delay(Between);
        }
    }

    /// <summary>As the other, for a condition that needs no waiting of its own.</summary>
    public static Task Eventually(TimeSpan deadline, Func<bool> predicate, string what = "The condition") =>
        Eventually(deadline, () => Task.FromResult(predicate()), what);
}
